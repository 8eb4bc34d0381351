"""The take-ins of this room, one a layout."""

from audit.jobs import register
from audit.rights import File
from eligibility.intake import store_residents
from levy.intake import store_assistance, store_pensions, store_tax
from linkage.importing import Intake

INTAKES = (
    Intake("import-residents", "住民記録", "JUMIN", File.ELIGIBILITY, store_residents),
    Intake("import-tax", "税情報", "ZEI", File.LEVY, store_tax),
    Intake("import-assistance", "生活保護等", "SEIHO", File.LEVY, store_assistance),
    Intake("import-pension", "年金情報", "NENKIN", File.LEVY, store_pensions),
)
for intake in INTAKES:
    register(intake.job_kind())

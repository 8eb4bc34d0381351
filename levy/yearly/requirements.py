"""前提: what must have happened before a year can be levied. A skipped step is named, not worked around."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from audit.models import JobFile, JobRun
from kaigo.common.refusal import Refusal
from levy.models import PensionRecord, TaxRecord


@dataclass(frozen=True, slots=True)
class Required:
    """An incoming file that the levy rests on: the job kind that takes it in and its Japanese name."""

    kind: str
    label: str


REQUIRED = (
    Required("import-residents", "住民記録"),
    Required("import-tax", "税情報"),
    Required("import-assistance", "生活保護等"),
    Required("import-pension", "年金情報"),
)


def check(fiscal_year: int) -> None:
    """Refuse unless every required file of the year has been taken in completely.

    A file counts when it was made on or after April 1 of the year (住民記録 as of the base date) and its
    import is done. Raises Refusal `step-skipped` or `import-unfinished`, naming the steps.
    """
    if skipped := list(_skipped(fiscal_year)):
        raise Refusal(
            "step-skipped",
            f"{'・'.join(skipped)}の{fiscal_year}年度分が、まだ取り込まれていません。",
            ways=("飛ばした取込みを終えてから、本算定を依頼してください。",),
        )
    if unfinished := list(_unfinished()):
        raise Refusal(
            "import-unfinished",
            f"{'・'.join(unfinished)}の取込みが終わっていません。",
            ways=("取込みの終わりを待つか、失敗した取込みをやり直してから依頼してください。",),
        )


def _skipped(fiscal_year: int) -> Iterator[str]:
    """The names of the files of which nothing has been taken in for the year."""
    done = set(
        JobFile.objects.filter(
            direction=JobFile.Direction.IN,
            created_on__gte=date(fiscal_year, 4, 1),
            job__state=JobRun.State.DONE,
            job__kind__in=[required.kind for required in REQUIRED],
        ).values_list("job__kind", flat=True)
    )
    if not TaxRecord.objects.filter(fiscal_year=fiscal_year).exists():
        done.discard("import-tax")
    if not PensionRecord.objects.filter(fiscal_year=fiscal_year).exists():
        done.discard("import-pension")
    return (required.label for required in REQUIRED if required.kind not in done)


def _unfinished() -> Iterator[str]:
    """The names of the files whose import is under way, or broke off and was not given up."""
    open_states = [*JobRun.WORKING, JobRun.State.WAITING]
    kinds = set(
        JobRun.objects.filter(kind__in=[required.kind for required in REQUIRED], state__in=open_states).values_list(
            "kind", flat=True
        )
    )
    return (required.label for required in REQUIRED if required.kind in kinds)

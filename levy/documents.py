"""保険料の決定通知書: the context of the premium notice. The layout is in templates/documents/premium_notice.html."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings

from audit.models import Office
from eligibility.models import Resident
from kaigo.common import glyphs, yamlfile
from kaigo.common.pdf import Addressee, Letter, Sender, render_bundle
from kaigo.common.wareki import format_wareki, format_year
from levy.models import Assessment, Instalment
from levy.queries import AssessmentView, InstalmentView, explain_assessment, view_of

TEMPLATE, STYLE = "documents/premium_notice.html", "documents/premium_notice.css"
TEXTS = Path(__file__).parent / "notice_texts.yaml"
TITLES = {
    "withholding": "介護保険料額決定通知書 兼 特別徴収開始通知書",
    "ordinary": "介護保険料額決定通知書 兼 納入通知書",
    "combined": "介護保険料額決定通知書 兼 納入通知書 兼 特別徴収開始通知書",
    "none": "介護保険料額決定通知書",
}
# Steps of the trace that a letter does not repeat: what is in its table, and how the instalments were rounded.
LEFT_OUT = ("yearly", "collect.")
ALONE = "本人のほかに世帯員はいません。"


@dataclass(frozen=True, slots=True)
class TierLine:
    """One line of the table of tiers (所得段階の表): whose, by what, yen a year, whether it is the person's own.

    `group` and `rows` (how many lines it spans) are given on the first line of a group only.
    """

    group: str
    rows: int
    tier: int
    condition: str
    yearly: int
    own: bool


def premium_notice(assessment: Assessment) -> bytes:
    """The premium notice of one decision as PDF; the same decision gives the same bytes.

    Raises Refusal for an address that does not fit the window or a character that no font can print.
    """
    return premium_notices([assessment])


def premium_notices(assessments: Sequence[Assessment]) -> bytes:
    """The notices of several decisions in one PDF, as they look when printed singly."""
    documents = [(document_id(assessment), notice_context(assessment)) for assessment in assessments]
    return render_bundle(TEMPLATE, documents, stylesheets=(STYLE,))


def require_printable(assessment: Assessment) -> None:
    """Raises Refusal when the notice could not be made: the address does not fit, or a character has no font."""
    resident = assessment.insured.resident
    addressee = Addressee(resident.postal_code, _address(resident), resident.name)
    glyphs.require_glyphs("".join([addressee.size, resident.name, *addressee.address]))


def document_id(assessment: Assessment) -> UUID:
    """The id in the mark of the notice's sheets: of this person in this run, always the same."""
    return uuid5(assessment.run.public_id, str(assessment.insured.public_id))


def notice_context(assessment: Assessment) -> dict[str, Any]:
    """Everything that the notice says about one decision."""
    view = view_of(assessment)
    resident, texts = assessment.insured.resident, texts_on(assessment.run.levied_on)
    names = {"city": settings.INSURER_NAME, "appeal_board": texts["appeal_board"]}
    return {
        "letter": _letter(view, resident, texts["hours"]),
        "view": view,
        "assessment": assessment,
        "resident": resident,
        "year": format_year(assessment.fiscal_year),
        "months": _months(view),
        "reasons": _reasons(assessment),
        "provisional": [_line(row) for row in view.instalments if row.provisional],
        "main": [_line(row) for row in view.instalments if _is_main(row)],
        "ordinary": _columns([_line(row) for row in view.instalments if row.method == Instalment.Method.ORDINARY]),
        "notes": _notes(view, texts["notes"]),
        "tiers": _tiers(assessment),
        "law": texts["law"],
        "remedy_title": texts["remedy"]["title"],
        "remedy": [_joined(paragraph).format(**names) for paragraph in texts["remedy"]["paragraphs"]],
        "assistance_tier": assessment.run.parameter_set.values["assistance_tier"]["value"],
    }


def texts_on(day: date) -> Mapping[str, Any]:
    """The fixed sentences in force on a day. Raises LookupError when there are none, which is a defect."""
    return max((entry for entry in _texts() if entry["from"] <= day), key=lambda entry: entry["from"])


@cache
def _texts() -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = yamlfile.read(TEXTS)["texts"]
    return found


def _letter(view: AssessmentView, resident: Resident, hours: str) -> Letter:
    head = Office.objects.get(is_head=True)
    return Letter(
        title=TITLES[view.method],
        number=f"被保険者番号 {view.assessment.insured.insured_number}",
        issued_on=format_wareki(view.levied_on),
        addressee=Addressee(resident.postal_code, _address(resident), resident.name),
        sender=Sender(
            head.postal_code,
            head.address,
            (f"{settings.INSURER_NAME}長",),
            f"{resident.office.name} {resident.office.section}",
            resident.office.phone,
            hours,
        ),
    )


def _address(resident: Resident) -> list[str]:
    """The lines of the address, with the municipality and ward that the register leaves out."""
    town = f"{resident.town}{resident.lot}"
    if not town.startswith(settings.INSURER_NAME):
        town = f"{settings.INSURER_NAME}{_ward(resident.office)}{town}"
    return [line for line in (town, resident.building) if line]


def _ward(office: Office) -> str:
    return office.name.removesuffix("役所") if office.name.endswith("区役所") else ""


def _joined(text: str) -> str:
    """A folded sentence of the YAML file without the spaces that folding leaves."""
    return "".join(text.split())


def _reasons(assessment: Assessment) -> list[str]:
    """The trace in plain sentences, as far as it says why this tier and this amount."""
    kept = [step for step in assessment.trace if not step[0].startswith(LEFT_OUT)]
    sentences = (step.sentence for step in explain_assessment(Assessment(trace=kept)))
    return [
        ALONE if code == "household" and not inputs["members"] else sentence
        for (code, inputs, _), sentence in zip(kept, sentences, strict=True)
    ]


def _months(view: AssessmentView) -> str:
    if view.assessment.months == 12:
        return f"12か月（{_month(view.fiscal_year, 4)}～{_month(view.fiscal_year + 1, 3)}）"
    return f"{view.assessment.months}か月"


def _month(year: int, month: int) -> str:
    return format_wareki(date(year, month, 1)).removesuffix("1日")


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One instalment as the letter shows it: the day on which it is due or withheld, in one piece and in two."""

    label: str
    due: str
    year: str
    day: str
    amount: int


def _line(row: InstalmentView) -> NoticeLine:
    due, year = format_wareki(row.due_date), _month(row.due_date.year, row.due_date.month).split("年")[0] + "年"
    label = f"第{row.number}期" if row.method == Instalment.Method.ORDINARY else ""
    return NoticeLine(label, due, year, due.removeprefix(year), row.amount)


def _is_main(row: InstalmentView) -> bool:
    return row.method == Instalment.Method.WITHHOLDING and not row.provisional


def _columns(lines: list[NoticeLine]) -> list[tuple[NoticeLine, NoticeLine | None]]:
    """Two columns, read downwards: five rows for ten instalments."""
    half = (len(lines) + 1) // 2
    right: list[NoticeLine | None] = [*lines[half:], *([None] if len(lines) % 2 else [])]
    return list(zip(lines[:half], right, strict=True))


def _notes(view: AssessmentView, texts: Mapping[str, str]) -> list[str]:
    assessment = view.assessment
    wanted = {
        "withholding": view.method in ("withholding", "combined"),
        "ordinary": view.method in ("ordinary", "combined"),
        "none": view.method == "none",
        "estimated": assessment.estimated,
        "overpaid": assessment.overpaid > 0,
        "lost": assessment.months < 12 and any(step[0] == "collect.ended" for step in assessment.trace),
    }
    return [_joined(texts[name]) for name, holds in wanted.items() if holds]


def _tiers(assessment: Assessment) -> list[TierLine]:
    """The whole table, from the very values that the decision cites."""
    values = assessment.run.parameter_set.values
    yearly = {row["tier"]: row["yearly"] for row in values["premiums"]["value"]}
    lines: list[TierLine] = []
    for group, rows in groupby(values["tiers"]["value"], key=lambda row: str(row["group"])):
        floor, members = None, list(rows)
        for place, row in enumerate(members):
            limit = row["below"] or row["at_most"] or (row["at_most_limit"] and values[row["at_most_limit"]]["value"])
            named = GROUPS[group] if place == 0 else ""
            own, condition = row["tier"] == assessment.tier, _condition(group, floor, limit)
            lines.append(TierLine(named, len(members), row["tier"], condition, yearly[row["tier"]], own))
            floor = limit
    return lines


GROUPS = {
    "household_untaxed": "本人も世帯員も非課税",
    "self_untaxed": "本人は非課税、世帯員が課税",
    "taxed": "本人が課税",
}


def _condition(group: str, floor: int | None, limit: int | None) -> str:
    measure, above, below = ("合計所得金額", "以上", "未満") if group == "taxed" else ("年金等の合計", "を超え", "以下")
    if limit is None:
        above = above.replace("を超え", "を超える")
    low = f"{_man(floor)}{above}" if floor is not None else ""
    high = f"{_man(limit)}{below}" if limit is not None else ""
    return f"{measure} {low}{high}" if low or high else ""


def _man(yen: int) -> str:
    """1,200,000 yen as 120万円, 826,500 yen as 82万6,500円."""
    high, low = divmod(yen, 10_000)
    return f"{high:,}万{low:,}円" if low else f"{high:,}万円"

"""Small factories: one call, one thing that the product could have made itself."""

from datetime import date
from io import BytesIO
from itertools import count
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from pypdf import PdfWriter

from audit.models import JobRun, Office, Staff
from audit.rights import Right
from audit.services import assign_role, define_role
from eligibility.cards.services import card_fields, countable
from eligibility.facts import facts_of
from eligibility.models import (
    Card,
    ContactSlip,
    ElsewherePeriod,
    Facility,
    Hold,
    HouseholdMembership,
    Insured,
    InsuredPeriod,
    Notification,
    Placement,
    Reception,
    Residence,
    Resident,
    Talk,
)
from eligibility.rules import END_OF_STATUS, insured_periods
from kaigo.common import checkdigits, clock, kana
from levy import office_parameters
from levy.models import Assessment, Instalment, LevyRun, TaxRecord
from levy.rules import PremiumCase, TaxFacts, assess

PASSWORD = "correct horse battery"
_serial = count(1)


def office(name: str = "中央区役所", **fields: Any) -> Office:
    """An office (事務所); the same name gives the same one."""
    serial = next(_serial)
    defaults = {
        "code": f"T{serial:03d}",
        "ward_code": f"{90000 + serial}",
        "postal_code": "2600001",
        "address": "あおば市中央区都町0-0-1",
        "section": "介護保険室",
        "phone": "000-0000-0101",
    }
    found, _ = Office.objects.get_or_create(name=name, defaults=defaults | fields)
    return found


def staff(
    *rights: str, at: Office | None = None, offices: list[Office] | None = None, name: str = "窓口 春子"
) -> Staff:
    """A member of staff who holds the rights (`file.act`) on the own office, or on `offices`."""
    serial = next(_serial)
    own = at or office()
    person = Staff.objects.create_staff(f"user{serial}", PASSWORD, name=name, office=own)
    if rights:
        role = define_role(f"試験用の役割{serial}", [Right.named(right) for right in rights])
        assign_role(None, person, role.name, offices or own)
    return person


def resident(name: str = "山田　太郎", reading: str = "ヤマダ　タロウ", **fields: Any) -> Resident:
    """A resident (住民), born on 昭和12年3月4日 unless said otherwise, in a household of one."""
    serial = next(_serial)
    household = fields.pop("household_number", f"{serial:015d}")
    relationship = fields.pop("relationship", "01")
    defaults = {
        "addressee_number": f"{serial:015d}",
        "history_serial": 1,
        "status": Resident.Status.RESIDENT,
        "birth_date": date(1937, 3, 4),
        "sex": "1",
        "ward_code": "12101",
        "postal_code": "2600001",
        "town": "あおば市中央区都町一丁目",
        "lot": "2番3号",
        "building": "都町ハイツ101",
        "phone": "",
        "resident_from": date(1990, 4, 1),
    }
    fields.setdefault("office", None)
    fields["office"] = fields["office"] or office()
    found = Resident.objects.create(
        name=name, kana=reading, name_key=kana.name_key(name), kana_key=kana.search_key(reading), **defaults | fields
    )
    HouseholdMembership.objects.create(
        resident=found, household_number=household, relationship=relationship, period=DateRange(date(1990, 4, 1), None)
    )
    if found.status != Resident.Status.OUTSIDE:
        residence(found)
    return found


def residence(person: Resident, **fields: Any) -> Residence:
    """The stay (住民であった期間) that the resident's own dates tell, and 他特例 if they say so."""
    if person.insured_elsewhere:
        ElsewherePeriod.objects.create(
            resident=person, begun_on=person.resident_from, insurer_number=person.elsewhere_insurer_number or "131011"
        )
    defaults = {
        "begun_on": person.resident_from,
        "ended_on": person.resident_until,
        "end": END_OF_STATUS[person.status],
        "taken_over_on": person.taken_over_on,
    }
    return Residence.objects.create(resident=person, **defaults | fields)


def insured(person: Resident | None = None, **fields: Any) -> Insured:
    """An insured person (被保険者) with the periods that the rule finds in the resident's own dates."""
    person = person or resident()
    fields.setdefault("insured_number", checkdigits.insured_number(next(_serial), "mod10"))
    found = Insured.objects.create(resident=person, insurer_number="121004", **fields)
    decision = insured_periods(facts_of(person))
    for span in decision.periods:
        InsuredPeriod.objects.create(
            insured=found,
            category=span.category,
            period=DateRange(span.acquired_on, span.lost_on),
            acquisition_reason=span.acquisition_reason,
            loss_reason=span.loss_reason,
            trace=[list(step) for step in decision.steps],
        )
    return found


def job(kind: str = "levy-yearly", **fields: Any) -> JobRun:
    """A job (一括処理), done unless said otherwise."""
    defaults = {
        "office": fields.pop("office", None) or office(),
        "state": JobRun.State.DONE,
        "requested_at": clock.now(),
    }
    return JobRun.objects.create(kind=kind, **defaults | fields)


def tax_record(person: Resident, fiscal_year: int = 2026, **fields: Any) -> TaxRecord:
    """A tax record (税情報): untaxed with a pension of 780,000 yen unless said otherwise."""
    defaults = dict.fromkeys(
        (
            "per_capita_levy", "income_levy", "total_income", "salary_revenue", "salary_income", "pension_income",
            "other_income", "long_term_special_deduction", "short_term_special_deduction", "dependents",
        ),
        0,
    )  # fmt: skip
    defaults |= {"pension_revenue": 780_000, "status": "3", "exempt_category": False, "history_serial": 1}
    days = {"received_on": date(fiscal_year, 6, 5), "changed_on": date(fiscal_year, 6, 1)}
    values = defaults | days | fields
    values.setdefault("job", None)
    values["job"] = values["job"] or job("import-tax")
    return TaxRecord.objects.create(resident=person, fiscal_year=fiscal_year, **values)


def levy_run(fiscal_year: int = 2026, **fields: Any) -> LevyRun:
    """A yearly levy (本算定) of a year, not in force yet."""
    parameters = office_parameters.stored(office_parameters.for_year(fiscal_year))
    values = {"kind": LevyRun.Kind.YEARLY, "levied_on": date(fiscal_year, 6, 10), "parameter_set": parameters} | fields
    values["job"] = fields.get("job") or job(period=str(fiscal_year))
    return LevyRun.objects.create(fiscal_year=fiscal_year, **values)


def assessment(
    person: Insured | None = None,
    fiscal_year: int = 2026,
    *,
    run: LevyRun | None = None,
    committed: bool = True,
    household: list[list[int]] | None = None,
) -> Assessment:
    """A decision (賦課決定) as the rules make it of the person's tax record, in force unless said otherwise.

    `household` are pairs of a member's and a tax record's id, as the decision's inputs name them.
    """
    person = person or insured()
    record = TaxRecord.objects.filter(resident=person.resident, fiscal_year=fiscal_year).first()
    record = record or tax_record(person.resident, fiscal_year)
    run = run or levy_run(fiscal_year)
    facts = TaxFacts(
        fiscal_year, int(record.status), pension_revenue=record.pension_revenue, total_income=record.total_income
    )
    periods = tuple((row.period.lower, row.period.upper) for row in person.periods.all())
    result = assess(
        PremiumCase(fiscal_year, periods, run.levied_on, facts), office_parameters.for_year(fiscal_year).prepared
    )
    stored = Assessment.objects.create(
        run=run,
        insured=person,
        fiscal_year=fiscal_year,
        base_date=result.base_date,
        tier=result.tier,
        yearly_premium=result.yearly_premium,
        months=result.months,
        premium=result.premium,
        overpaid=result.overpaid,
        estimated=result.estimated,
        flags=list(result.flags),
        inputs={
            "tax": record.pk,
            "periods": [row.pk for row in person.periods.all()],
            **({"household": household} if household else {}),
        },
        trace=[list(step) for step in result.trace],
    )
    Instalment.objects.bulk_create(Instalment(assessment=stored, **part._asdict()) for part in result.instalments)
    if committed:
        commit(run)
    return stored


def commit(run: LevyRun) -> LevyRun:
    """Put a run in force."""
    run.state, run.committed_at = LevyRun.State.COMMITTED, clock.now()
    run.save(update_fields=["state", "committed_at"])
    return run


def pdf(pages: int = 1) -> bytes:
    """A small PDF that every reader opens: what somebody scans and hands in."""
    out, writer = BytesIO(), PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


def facility(name: str = "みやこ苑", **fields: Any) -> Facility:
    """A facility (施設) here, a special nursing home unless said otherwise."""
    serial = next(_serial)
    defaults = {
        "number": f"F{serial:05d}",
        "kind": "tokuyo",
        "kana": kana.normalise(name),
        "insurer_number": "121004",
        "municipality": "あおば市",
        "postal_code": "2600001",
        "address": f"{fields.get('municipality', 'あおば市')}都町0-0-9",
        "phone": "000-0000-0199",
    }
    return Facility.objects.create(name=name, **defaults | fields)


def reception(person: Resident, **fields: Any) -> Reception:
    """A reception (受付) of the person at the counter of the person's office."""
    defaults = {
        "number": f"受付2026-{next(_serial):04d}",
        "office": person.office,
        "channel": "counter",
        "received_on": clock.today(),
        "created_at": clock.now(),
        "visitor": "self",
        "visitor_name": person.name,
        "relationship": "01",
        "number_check": "none",
    }
    return Reception.objects.create(resident=person, **defaults | fields)


def notification(person: Resident, **fields: Any) -> Notification:
    """A notification (届出) that changed nothing, received for the person."""
    defaults = {"act": "death", "notified_on": clock.today(), "created_at": clock.now(), "content": [["死亡日", "—"]]}
    received = fields.pop("reception", None) or reception(person)
    return Notification.objects.create(reception=received, resident=person, **defaults | fields)


def placement(person: Resident, **fields: Any) -> Placement:
    """A stay in a facility (施設入所): 適用除外 since last year unless said otherwise."""
    defaults = {
        "kind": "exempt",
        "begun_on": date(2025, 4, 1),
        "insurer_number": "121004",
        "ground": "notice",
        "ground_on": date(2025, 4, 1),
        "confirm_by": date(2026, 4, 1),
    }
    place = fields.pop("facility", None) or facility()
    return Placement.objects.create(resident=person, facility=place, **defaults | fields)


def card(person: Insured, **fields: Any) -> Card:
    """A card (被保険者証) of an insured person, in force unless said otherwise."""
    counted = countable().get(pk=person.pk)
    day = fields.pop("issued_on", clock.today())
    return Card.objects.create(**card_fields(counted, day) | {"reason": "age", "handed": "post"} | fields)


def dated(person: Resident) -> dict[str, Any]:
    """What every dated fact (送付先, 口座, 抑止 …) of a person has, from today on."""
    return {"resident": person, "begun_on": clock.today(), "created_at": clock.now()}


def hold(person: Resident, **fields: Any) -> Hold:
    """A hold (抑止) on a person's cards from today on."""
    return Hold.objects.create(**dated(person) | {"what": "card", "reason": "所在の確認中"} | fields)


def slip(person: Resident, **fields: Any) -> ContactSlip:
    """A received slip (連絡票) about a person whom another municipality insures."""
    values = {
        "direction": "received", "event": "begin", "office": person.office, "resident": person,
        "insurer_number": "131011", "day": date(2025, 4, 1), "exchanged_on": clock.today(), "name": person.name,
        "kana": person.kana, "birth_date": person.birth_date, "sex": person.sex, "created_at": clock.now(),
    }  # fmt: skip
    place = fields.pop("facility", None) or facility()
    return ContactSlip.objects.create(facility=place, **values | fields)


def talk(person: Resident, **fields: Any) -> Talk:
    """A talk (応対記録) with a next date today."""
    values = {"channel": "phone", "speaker": "01", "text": "更新の時期を聞かれた", "next_on": clock.today()}
    return Talk.objects.create(resident=person, at=clock.now(), created_at=clock.now(), **values | fields)

"""突合の比べ方: each looks at the whole register as of a day and yields the differences. Nothing is changed here."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from audit.jobs import Issue
from eligibility.insurance import EVERYBODY, differing_from
from eligibility.matching.found import Fact, Found, Kind, day_words
from eligibility.models import Card, ContactSlip, Declaration, InsuredPeriod, Placement, Resident
from eligibility.practice import number
from kaigo.common import kana
from kaigo.common.copying import stream

ENDED = {Resident.Status.DIED: "death", Resident.Status.MOVED_OUT: "move_out", Resident.Status.REMOVED: "left"}
ALIKE = 0.75  # of the letters of two readings that are the same, in order
Check = Callable[[date], Iterator[Found]]


def register(day: date) -> Iterator[Found]:
    """住民記録と資格: periods that do not follow from the facts, facts without the register's word, missing cards."""
    yield from _periods(day)
    yield from _declared(day)
    yield from _overstayed(day)
    yield from _without_card(day)


def _periods(day: date) -> Iterator[Found]:
    contradictions: list[Issue] = []
    stale = list(differing_from(EVERYBODY, day, contradictions))
    people = Resident.objects.in_bulk([person.resident_id for person, _ in stale])
    for person, decision in stale:
        resident = people[person.resident_id]
        facts = (Fact("資格の期間", _spans(person.periods), _spans(decision.periods)),)
        yield Found("periods-differ", f"periods:{resident.pk}", resident.office_id, resident.pk, facts, "derive")
    numbers = [issue.key for issue in contradictions]
    by_number = {row.addressee_number: row for row in Resident.objects.filter(addressee_number__in=numbers)}
    for issue in contradictions:
        resident = by_number[issue.key]
        facts = (Fact("食い違い", issue.message, issue.remedy),)
        yield Found("facts-contradict", f"facts:{resident.pk}", resident.office_id, resident.pk, facts)


def _spans(spans: Any) -> str:
    words = [f"{day_words(span.acquired_on)}から{day_words(span.lost_on) if span.lost_on else ''}" for span in spans]
    return "、".join(words) or "なし"


def _declared(day: date) -> Iterator[Found]:
    """What the counter was told and the register has not said within the days that it usually takes."""
    until = day - timedelta(days=number("matching_wait_days", day))
    rows = Declaration.objects.filter(withdrawn=False, day__lte=until).select_related("resident")
    ends = rows.exclude(kind=Declaration.Kind.BEGIN).filter(resident__status=Resident.Status.RESIDENT)
    begins = rows.filter(kind=Declaration.Kind.BEGIN).exclude(resident__residences__begun_on__gte=F("day"))
    for row in (ends | begins).distinct():
        resident = row.resident
        facts = (Fact(row.get_kind_display(), day_words(row.day), resident.get_status_display()),)
        yield Found("declared-only", f"declared:{row.pk}", resident.office_id, resident.pk, facts)


def _overstayed(day: date) -> Iterator[Found]:
    insured = InsuredPeriod.objects.filter(insured__resident=OuterRef("pk"), period__contains=day)
    rows = Resident.objects.filter(Exists(insured), is_foreign=True, residence_until__lt=day)
    for resident in rows.filter(status=Resident.Status.RESIDENT):
        facts = (Fact("在留期間", day_words(resident.residence_until), "被保険者"),)
        yield Found("stay-expired", f"stay:{resident.pk}", resident.office_id, resident.pk, facts)


def _without_card(day: date) -> Iterator[Found]:
    held = Card.objects.filter(insured=OuterRef("insured"), ended_on=None, withdrawn=False)
    rows = InsuredPeriod.objects.filter(~Exists(held), period__contains=day, category=InsuredPeriod.Category.FIRST)
    for row in rows.select_related("insured__resident").iterator(2_000):
        resident = row.insured.resident
        facts = (Fact("資格取得日", day_words(row.period.lower), "なし"),)
        yield Found("card-missing", f"card:{row.insured_id}", resident.office_id, resident.pk, facts, "issue-card")


def slips(day: date) -> Iterator[Found]:
    """特例・適用除外と連絡票: stays in facilities against the slips of both directions and against the register."""
    yield from _unsent(day)
    yield from _theirs(day)
    yield from _received(day)
    yield from _facilities(day)


def _stays() -> Any:
    return Placement.objects.filter(withdrawn=False).select_related("resident", "facility")


def _stay_words(row: Placement) -> str:
    until = f"、{day_words(row.ended_on)}退所" if row.ended_on else ""
    return f"{row.facility.name}（{day_words(row.begun_on)}入所{until}）"


def _unsent(day: date) -> Iterator[Found]:
    """Each beginning and end of a stay of ours in another municipality is told to that municipality."""
    events = ((ContactSlip.Event.BEGIN, "begun_on"), (ContactSlip.Event.END, "ended_on"))
    since = day - timedelta(days=number("matching_slip_days", day))
    for event, field in events:
        sent = ContactSlip.objects.filter(placement=OuterRef("pk"), event=event, withdrawn=False, direction="sent")
        rows = _stays().filter(~Exists(sent), kind=Placement.Kind.OURS, **{f"{field}__range": (since, day)})
        for row in rows.exclude(facility__insurer_number=settings.INSURER_NUMBER):
            facts = (Fact(event.label, _stay_words(row), "送付の記録がない"),)
            about = {"placement": str(row.public_id), "event": event.value}
            key, resident = f"unsent:{event.value}:{row.pk}", row.resident
            yield Found("slip-unsent", key, resident.office_id, resident.pk, facts, "sent", about=about)


def _theirs(day: date) -> Iterator[Found]:
    """Those whom another municipality insures: the stay, the slip and the register's mark belong together."""
    received = ContactSlip.objects.filter(resident=OuterRef("resident"), direction="received", withdrawn=False)
    open_stays = _stays().filter(kind=Placement.Kind.THEIRS, ended_on=None, begun_on__lte=day)
    for row in open_stays.filter(~Exists(received)):
        facts = (Fact("施設入所", _stay_words(row), "受領の記録がない"),)
        yield Found("slip-missing", f"missing:{row.pk}", row.resident.office_id, row.resident_id, facts)
    unmarked = open_stays.filter(resident__insured_elsewhere=False, resident__status=Resident.Status.RESIDENT)
    for row in unmarked:
        facts = (Fact("住所地特例", _stay_words(row), "印がない"),)
        yield Found("elsewhere-unregistered", f"mark:{row.pk}", row.resident.office_id, row.resident_id, facts)
    placed = Placement.objects.filter(
        resident=OuterRef("pk"), kind=Placement.Kind.THEIRS, withdrawn=False, ended_on=None
    )
    marked = Resident.objects.filter(~Exists(placed), insured_elsewhere=True, status=Resident.Status.RESIDENT)
    for resident in marked:
        facts = (Fact("住所地特例", f"保険者番号 {resident.elsewhere_insurer_number}", "なし"),)
        yield Found("elsewhere-unplaced", f"unplaced:{resident.pk}", resident.office_id, resident.pk, facts)


def _received(day: date) -> Iterator[Found]:
    """A received slip against the stay of the same person."""
    rows = ContactSlip.objects.filter(direction="received", withdrawn=False, event=ContactSlip.Event.BEGIN)
    for slip in rows.exclude(resident=None).select_related("resident", "facility"):
        stays = list(_stays().filter(resident=slip.resident, kind=Placement.Kind.THEIRS))
        words = f"{slip.facility.name}（{day_words(slip.day)}入所）"
        if not stays:
            facts = (Fact("施設入所", words, "なし"),)
            yield Found("slip-unplaced", f"slip:{slip.pk}", slip.office_id, slip.resident_id, facts)
            continue
        nearest = min(stays, key=lambda row: abs((row.begun_on - slip.day).days))
        differences = tuple(_stay_differences(nearest, slip))
        if differences:
            about = {"placement": str(nearest.public_id), "slip": str(slip.public_id)}
            key = f"differs:{slip.pk}"
            yield Found("slip-differs", key, slip.office_id, slip.resident_id, differences, "take-slip", about=about)


def _stay_differences(row: Placement, slip: ContactSlip) -> Iterator[Fact]:
    if row.begun_on != slip.day:
        yield Fact("入所日", day_words(row.begun_on), day_words(slip.day))
    if row.facility_id != slip.facility_id:
        yield Fact("施設", row.facility.name, slip.facility.name)
    if row.insurer_number != slip.insurer_number:
        yield Fact("保険者番号", row.insurer_number, slip.insurer_number)


def _facilities(day: date) -> Iterator[Found]:
    """Open stays that cannot go on: the facility is closed, or the person is gone."""
    rows = _stays().filter(ended_on=None)
    for row in rows.filter(facility__open_until__lt=day):
        facts = (Fact(row.facility.name, day_words(row.facility.open_until), _stay_words(row)),)
        yield Found("facility-closed", f"closed:{row.pk}", row.resident.office_id, row.resident_id, facts)
    here = rows.exclude(kind=Placement.Kind.OURS)
    gone = here.filter(resident__status__in=ENDED, resident__resident_until__gte=F("begun_on"))
    died = rows.filter(kind=Placement.Kind.OURS, resident__status=Resident.Status.DIED)
    for row in gone | died.filter(resident__resident_until__gte=F("begun_on")):
        resident = row.resident
        status = Resident.Status(resident.status)
        words = f"{status.label}（{day_words(resident.resident_until)}）"
        about = {"placement": str(row.public_id)}
        facts = (Fact("入所の終わり", _stay_words(row), words),)
        yield Found("person-gone", f"gone:{row.pk}", resident.office_id, resident.pk, facts, "end-stay", about=about)


def identity(_day: date) -> Iterator[Found]:
    """連絡票の4情報と住民記録: whom a received slip is about, and whether name, kana, birth and sex agree."""
    rows = ContactSlip.objects.filter(direction="received", withdrawn=False).select_related("resident")
    for slip in rows:
        yield from _unlinked(slip) if slip.resident is None else _differing_person(slip, slip.resident)


def candidates(slip: ContactSlip) -> list[Resident]:
    """Who a slip may be about: the same birth date, and the same kana or name. At most nine."""
    same = Q(kana_key=kana.search_key(slip.kana)) | Q(name_key=kana.name_key(slip.name))
    return list(Resident.objects.filter(same, birth_date=slip.birth_date).order_by("pk")[:9])


def _unlinked(slip: ContactSlip) -> Iterator[Found]:
    found = candidates(slip)
    words = {0: "候補がない", 1: "候補が1人"}.get(len(found), f"候補が{len(found)}人")
    facts = (
        Fact("氏名", slip.name, words),
        Fact("生年月日", day_words(slip.birth_date), found[0].addressee_number if len(found) == 1 else ""),
    )
    only = found[0].pk if len(found) == 1 else None
    about = {"slip": str(slip.public_id)}
    yield Found("slip-unlinked", f"unlinked:{slip.pk}", slip.office_id, only, facts, "link" if only else "",
                about=about)  # fmt: skip


def _differing_person(slip: ContactSlip, resident: Resident) -> Iterator[Found]:
    pairs = (
        ("氏名", slip.name, resident.name, kana.name_key(slip.name) == resident.name_key),
        ("カナ", slip.kana, resident.kana, kana.search_key(slip.kana) == resident.kana_key),
        (
            "生年月日",
            day_words(slip.birth_date),
            day_words(resident.birth_date),
            slip.birth_date == resident.birth_date,
        ),
        ("性別", slip.get_sex_display(), resident.get_sex_display(), slip.sex == resident.sex),
    )
    facts = tuple(Fact(label, here, there) for label, here, there, same in pairs if not same)
    if facts:
        yield Found("slip-person-differs", f"person:{slip.pk}", slip.office_id, resident.pk, facts)


# Born on the same day: the same kana, the same name, or much alike at one address or telephone in two households.
TWINS = """
    SELECT a.id, b.id, a.kana_key, b.kana_key, a.kana_key = b.kana_key OR a.name_key = b.name_key
    FROM eligibility_resident a JOIN eligibility_resident b
        ON a.birth_date = b.birth_date AND a.id < b.id
    WHERE (a.kana_key = b.kana_key OR a.name_key = b.name_key
            OR (a.town, a.lot) = (b.town, b.lot) OR (a.phone = b.phone AND a.phone <> ''))
        AND (a.sex = b.sex OR '9' IN (a.sex, b.sex))
        AND NOT (a.status = '1' AND b.status = '1' AND a.kana_key <> b.kana_key AND EXISTS (
            SELECT 1 FROM eligibility_householdmembership x JOIN eligibility_householdmembership y
                ON x.household_number = y.household_number AND x.period && y.period
            WHERE x.resident_id = a.id AND y.resident_id = b.id))
        AND NOT EXISTS (SELECT 1 FROM eligibility_merge m
            WHERE m.undone_at IS NULL AND (a.id IN (m.kept_id, m.dropped_id) AND b.id IN (m.kept_id, m.dropped_id)))
    ORDER BY 1, 2
"""


def twice(_day: date) -> Iterator[Found]:
    """二重の登録: pairs of entries that may be one person."""
    rows = stream(connection, TWINS)
    pairs = [(one, other) for one, other, kana_one, kana_other, same in rows if same or _alike(kana_one, kana_other)]
    people = Resident.objects.in_bulk([key for pair in pairs for key in pair])
    for one, other in pairs:
        first, second = people[one], people[other]
        facts = tuple(Fact(label, here, there) for label, here, there in _side_by_side(first, second))
        yield Found("same-person", f"pair:{one}:{other}", first.office_id, one, facts, "merge", other_id=other)


def _alike(one: str, other: str) -> bool:
    """Two readings that differ in little: a slip of the pen, not another name."""
    return SequenceMatcher(None, one, other).ratio() >= ALIKE


def _side_by_side(first: Resident, second: Resident) -> Iterator[tuple[str, str, str]]:
    yield "氏名", first.name, second.name
    yield "カナ", first.kana, second.kana
    yield "生年月日", day_words(first.birth_date), day_words(second.birth_date)
    yield "住民状態", first.get_status_display(), second.get_status_display()
    yield "宛名番号", first.addressee_number, second.addressee_number


CHECKS: dict[str, Check] = {Kind.REGISTER: register, Kind.SLIPS: slips, Kind.IDENTITY: identity, Kind.TWICE: twice}

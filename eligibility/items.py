"""記録項目: every record item of the 資格ファイル (assessment statement) of one person, from where it is kept."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.timezone import localtime

from eligibility.models import (
    Hold,
    IndividualNumber,
    Insured,
    InsuredPeriod,
    Notification,
    Placement,
    Remark,
    Resident,
    ResidentCode,
    ResidentVersion,
)
from eligibility.practice import table, word
from eligibility.presenters import insured_of
from eligibility.rules import REASONS
from kaigo.common import clock, yamlfile
from kaigo.common.wareki import eras, format_wareki

LOT = re.compile(r"(\d+)(?:-(\d+))?(?:-(\d+))?")
HELD = "登録あり（表示しません）"


class Item(NamedTuple):
    """One record item: its number and name in the statement, the column that keeps it or the function that gives it."""

    no: int
    item: str
    field: str
    derived: str
    sources: tuple[str, ...]


@cache
def items() -> tuple[Item, ...]:
    """The record items of the file, in the order of the statement."""
    rows = yamlfile.read(Path(__file__).parent / "record_items.yaml")["items"]
    return tuple(
        Item(row["number"], row["item"], row.get("field", ""), row.get("derived", ""), tuple(row.get("from", ())))
        for row in rows
    )


@dataclass
class Held:
    """What is held of one person, read when first asked for. A value is what the screen says; empty for nothing."""

    resident: Resident

    @cached_property
    def insured(self) -> Insured | None:
        return insured_of(self.resident)

    @cached_property
    def period(self) -> InsuredPeriod | None:
        """The latest insured period."""
        return InsuredPeriod.objects.filter(insured__resident=self.resident).order_by("-period").first()

    @cached_property
    def version(self) -> ResidentVersion | None:
        """The latest version of the register's entry."""
        return self.resident.versions.order_by("-history_serial").first()

    @cached_property
    def notifications(self) -> list[Notification]:
        rows = Notification.objects.filter(resident=self.resident, withdrawn_at=None).select_related("reception")
        return list(rows.order_by("-created_at"))

    def placement(self, *kinds: str) -> Placement | None:
        rows = Placement.objects.filter(resident=self.resident, withdrawn=False, kind__in=kinds)
        return rows.select_related("facility").order_by("-begun_on").first()

    def remark(self, line: int) -> str:
        row = Remark.objects.filter(resident=self.resident, line=line, ended_on=None, withdrawn=False).first()
        return row.text if row else ""

    @cached_property
    def events(self) -> list[Any]:
        """The versions of the resident's row with who wrote them, the oldest first."""
        return list(self.resident.events.select_related("pgh_context").order_by("pgh_id"))  # type: ignore[attr-defined]


def _day(day: date | None) -> str:
    return format_wareki(day) if day else ""


def care_area(resident: Resident) -> str:
    """日常生活圏域: by the beginning of the town's name, from the office's own table."""
    rows = table("care_areas", clock.today())
    town = resident.town.removeprefix(settings.INSURER_NAME)
    return next((row["code"] for row in rows if town.startswith(row["town"])), "")


def _told(held: Held, which: int) -> Notification | None:
    """The notification by which the present period came (0) or went (1): after it the day stood, before it not."""
    period = held.period
    day = period and (period.period.lower if which == 0 else period.period.upper)
    if not day:
        return None
    place = 1 if which == 0 else 2
    for row in held.notifications:
        before, after = ({span[place] for span in spans} for spans in (row.before, row.after))
        if day.isoformat() in after - before:
            return row
    return None


def acquired_by(held: Held) -> tuple[str, str, str, str]:
    """取得届出者: name, relationship, telephone and day, of the notification that brought the present period."""
    return _by(_told(held, 0))


def lost_by(held: Held) -> tuple[str, str, str, str]:
    """喪失届出者: of the notification that ended the present period, if one did."""
    return _by(_told(held, 1))


def _by(row: Notification | None) -> tuple[str, str, str, str]:
    if row is None:
        return ("", "", "", "")
    visit = row.reception
    relationship = word("relationships", visit.relationship, visit.received_on) if visit.relationship else ""
    return (visit.visitor_name, relationship, visit.visitor_phone, _day(row.notified_on))


def municipality_codes(resident: Resident) -> tuple[str, str, str]:
    """都道府県コード (two digits), 市町村コード (three) and 地方公共団体コード (all five), of the ward's code."""
    return resident.ward_code[:2], resident.ward_code[2:], resident.ward_code


def municipality_names(resident: Resident) -> tuple[str, str]:
    """都道府県名 and 市町村名: of the city that runs this system; other places stand in the address itself."""
    return settings.INSURER_PREFECTURE, settings.INSURER_NAME


def name_class(resident: Resident) -> str:
    """氏名分類: 日本人, or how a foreign resident's name is written."""
    if not resident.is_foreign:
        return "日本人"
    return "外国人（英字）" if resident.name.isascii() else "外国人（漢字・カナ）"


def era_code(resident: Resident) -> str:
    """年号コード of the birth date, as register files write it."""
    return next(era.code for era in reversed(eras()) if era.first <= resident.birth_date)


def whole_address(resident: Resident) -> str:
    """住所連結: town, lot and building in one."""
    return " ".join(part for part in (f"{resident.town}{resident.lot}", resident.building) if part)


def postal_parts(resident: Resident) -> tuple[str, str]:
    """親郵便番号 and 子郵便番号."""
    return resident.postal_code[:3], resident.postal_code[3:]


def domicile_changes(held: Held) -> str:
    """住所地特例の変更日: the day of moving from one facility into the next, the latest."""
    rows = Placement.objects.filter(resident=held.resident, withdrawn=False, kind=Placement.Kind.OURS)
    days = [row.begun_on for row in rows if rows.filter(ended_on=row.begun_on).exclude(pk=row.pk).exists()]
    return _day(max(days, default=None))


def is_levied(held: Held) -> str:
    """賦課対象: whoever is insured in the first category today."""
    period, today = held.period, clock.today()
    now = period and period.category == InsuredPeriod.Category.FIRST and today in period.period
    return "対象" if now else "対象外"


def lot_parts(resident: Resident) -> tuple[str, str, str, str]:
    """番地区分, 番地, 号 and 枝番: the numbers of the lot; the kind says whether it is 番地 or 番・号 (住居表示)."""
    text = unicodedata.normalize("NFKC", resident.lot)
    plain = re.sub(r"番地?の?|号|の|[‐−ー―]", "-", text)
    found = LOT.search(plain)
    kind = "番地" if "番地" in text else "住居表示" if "号" in text or found else ""
    return (kind, *(part or "" for part in found.groups())) if found else (kind, "", "", "")  # type: ignore[return-value]


def inside_city(resident: Resident) -> str:
    """市内外区分."""
    return "市内" if resident.status == Resident.Status.RESIDENT else "市外"


def written(held: Held) -> tuple[str, str, str, str, str, str]:
    """更新 and 作成: who, day and time, from the change history of the resident's row."""
    found: list[str] = []
    for event in (held.events[-1], held.events[0]) if held.events else ():
        at = localtime(event.pgh_created_at)
        metadata = event.pgh_context.metadata if event.pgh_context else {}
        who = metadata.get("name") or metadata.get("staff_name") or "住民記録の取込"
        found += [str(who), _day(at.date()), f"{at:%H:%M:%S}"]
    return tuple(found or [""] * 6)  # type: ignore[return-value]


def values_of(resident: Resident) -> list[tuple[Item, str]]:
    """Every record item with what is held of the person; secrets only say whether they are held."""
    held = Held(resident)
    found = {**_identity(resident), **_register(held), **_insurance(held), **_facilities(held), **_rest(held)}
    return [(item, found[item.no]) for item in items()]


def _identity(resident: Resident) -> dict[int, str]:
    number = IndividualNumber.objects.filter(resident=resident).exists()
    code = ResidentCode.objects.filter(resident=resident).exists()
    prefecture, municipality, whole = municipality_codes(resident)
    names, postal, lot = municipality_names(resident), postal_parts(resident), lot_parts(resident)
    return {
        1: care_area(resident), 21: HELD if number else "", 22: resident.get_status_display(), 23: HELD if code else "",
        24: prefecture, 25: municipality, 26: resident.town_code, 29: resident.kana_key, 30: resident.kana,
        31: resident.alias_kana, 32: resident.name, 33: resident.alias, 34: resident.get_name_in_use_display(),
        35: resident.latin_name, 36: resident.joint_name, 37: name_class(resident), 38: era_code(resident),
        39: _day(resident.birth_date), 40: resident.get_sex_display(), 41: names[0], 42: names[1], 43: resident.town,
        44: resident.lot, 45: resident.building, 46: whole_address(resident), 47: postal[0], 48: postal[1],
        49: resident.phone, 50: resident.previous_municipality, 62: lot[0], 63: lot[1], 64: lot[2], 65: lot[3],
        66: resident.district_code, 67: resident.building_kana, 68: inside_city(resident), 69: resident.ward_code,
        70: whole, 71: resident.residence_term, 72: _day(resident.residence_from), 73: _day(resident.residence_until),
        74: resident.residence_status, 80: resident.kana_key, 86: resident.name_key,
    }  # fmt: skip


def _register(held: Held) -> dict[int, str]:
    version, last = held.version, held.notifications[0] if held.notifications else None
    told = _by(last)
    return {
        2: str(version.history_serial) if version else "", 3: version.event if version else "",
        4: _day(version.event_on) if version else "", 5: told[0], 6: told[1], 7: told[2], 8: told[3],
        75: _day(localtime(last.created_at).date()) if last else "",
    }  # fmt: skip


def _insurance(held: Held) -> dict[int, str]:
    period, insured = held.period, held.insured
    acquired, lost = acquired_by(held), lost_by(held)
    return {
        9: REASONS.get(period.acquisition_reason, "") if period else "",
        10: _day(period.period.lower) if period else "",
        **dict(zip(range(11, 15), acquired, strict=True)),
        15: REASONS.get(period.loss_reason, "") if period else "",
        16: _day(period.period.upper) if period else "",
        **dict(zip(range(17, 21), lost, strict=True)),
        27: insured.insurer_number if insured else "",
        28: insured.insured_number if insured else "",
        58: is_levied(held),
        76: str(insured.row_version) if insured else "",
    }


def _facilities(held: Held) -> dict[int, str]:
    domicile = held.placement(Placement.Kind.OURS, Placement.Kind.THEIRS)
    exempt = held.placement(Placement.Kind.EXEMPT)
    return {
        51: domicile.get_kind_display() if domicile else "", 52: _day(domicile.begun_on) if domicile else "",
        53: domicile_changes(held), 54: _day(domicile.ended_on) if domicile else "",
        55: word("facility_kinds", exempt.facility.kind, exempt.begun_on) if exempt else "",
        56: _day(exempt.begun_on) if exempt else "", 57: _day(exempt.ended_on) if exempt else "",
    }  # fmt: skip


def _rest(held: Held) -> dict[int, str]:
    today = clock.today()
    holds = Hold.objects.filter(resident=held.resident, withdrawn=False, begun_on__lte=today)
    now = [row.get_what_display() for row in holds if row.ended_on is None or row.ended_on >= today]
    updated = written(held)
    return {
        **{58 + line: held.remark(line) for line in (1, 2, 3)},
        77: "、".join(now), 78: str(held.resident.row_version), 79: updated[0], 81: updated[1], 82: updated[2],
        83: updated[3], 84: updated[4], 85: updated[5],
    }  # fmt: skip

"""Checks across the fields of a row. Each gives (field, code, reason) or nothing; layouts name those they want."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

Problem = tuple[str, str, str] | None
Check = Callable[[Sequence[Any], dict[str, int], date], Problem]

AHEAD = timedelta(days=60)  # a move may be reported before it happens


def left_after_arrival(row: Sequence[Any], at: dict[str, int], _today: date) -> Problem:
    """住民でなくなった日 is not before 住民となった日."""
    until = row[at["resident_until"]]
    if until and until < row[at["resident_from"]]:
        return "住民でなくなった日", "ends-before-start", "住民となった日より前の日です。"
    return None


def life_after_birth(row: Sequence[Any], at: dict[str, int], _today: date) -> Problem:
    """Neither 住民となった日 nor 住民でなくなった日 (for 住民状態 3 the day of death) is before 生年月日."""
    birth, until = row[at["birth_date"]], row[at["resident_until"]]
    if until and until < birth:
        word = "死亡日" if row[at["status"]] == "3" else "住民でなくなった日"
        return "住民でなくなった日", "death-before-birth", f"{word}が生年月日より前です。"
    if row[at["resident_from"]] < birth:
        return "住民となった日", "resident-before-birth", "生年月日より前の日です。"
    return None


def leaving_has_day(row: Sequence[Any], at: dict[str, int], _today: date) -> Problem:
    """住民でなくなった日 is there exactly when 住民状態 is not 1."""
    gone, until = row[at["status"]] != "1", row[at["resident_until"]]
    if gone and until is None:
        return "住民でなくなった日", "missing", "転出・死亡・職権消除の行に、住民でなくなった日がありません。"
    if until and not gone:
        return "住民でなくなった日", "status-contradiction", "住民状態は「住民」ですが、住民でなくなった日があります。"
    return None


def not_far_ahead(row: Sequence[Any], at: dict[str, int], today: date) -> Problem:
    """異動年月日 is at most 60 days ahead."""
    if row[at["event_on"]] > today + AHEAD:
        return "異動年月日", "far-future", "60日より先の日です。"
    return None


def elsewhere_has_insurer(row: Sequence[Any], at: dict[str, int], _today: date) -> Problem:
    """特例保険者番号 is there exactly when 住所地特例区分 is 1."""
    if (row[at["elsewhere"]] == "1") != bool(row[at["elsewhere_insurer_number"]]):
        return "特例保険者番号", "insurer-contradiction", "住所地特例区分と特例保険者番号が合いません。"
    return None


def stay_in_order(row: Sequence[Any], at: dict[str, int], _today: date) -> Problem:
    """在留終了年月日 is not before 在留開始年月日, and only foreign residents (国籍等区分 2) have either."""
    begun, until = row[at["residence_from"]], row[at["residence_until"]]
    if row[at["nationality"]] != "2" and (begun or until or row[at["residence_status"]]):
        return "在留資格コード", "not-foreign", "国籍等区分は「日本」ですが、在留資格があります。"
    if begun and until and until < begun:
        return "在留終了年月日", "ends-before-start", "在留開始年月日より前の日です。"
    return None


def taxed_has_levy(row: Sequence[Any], at: dict[str, int], _today: date) -> Problem:
    """課税区分 agrees with 均等割額 and 所得割額."""
    status, levy, income_levy = row[at["status"]], row[at["per_capita_levy"]], row[at["income_levy"]]
    if status in "34" and (levy or income_levy):
        return "課税区分", "tax-contradiction", "非課税又は未申告の行に税額があります。"
    if status == "2" and income_levy:
        return "所得割額", "tax-contradiction", "均等割のみ課税の行に所得割額があります。"
    if status == "1" and not levy:
        return "均等割額", "tax-contradiction", "課税の行に均等割額がありません。"
    return None


def ended_after_start(row: Sequence[Any], at: dict[str, int], _today: date) -> Problem:
    """廃止年月日 is not before 開始年月日."""
    ended = row[at["ended_on"]]
    if ended and ended < row[at["started_on"]]:
        return "廃止年月日", "ends-before-start", "開始年月日より前の日です。"
    return None


def border_has_tier(row: Sequence[Any], at: dict[str, int], _today: date) -> Problem:
    """境界層適用段階 is there exactly when 種別 is 3."""
    if (row[at["kind"]] == "3") != bool(row[at["border_tier"]]):
        return (
            "境界層適用段階",
            "border-contradiction",
            "境界層適用段階は、境界層該当の行だけにあり、その行には必ず要ります。",
        )
    return None


def continuing_has_amount(row: Sequence[Any], at: dict[str, int], _today: date) -> Problem:
    """前年度2月特別徴収額 is not zero when 特別徴収状態 is 1."""
    if row[at["withholding_state"]] == "1" and not row[at["last_february_amount"]]:
        return "前年度2月特別徴収額", "missing", "特別徴収が継続中の行に、前年度2月の特別徴収額がありません。"
    return None


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        left_after_arrival,
        life_after_birth,
        leaving_has_day,
        not_far_ahead,
        elsewhere_has_insurer,
        stay_in_order,
        taxed_has_levy,
        ended_after_start,
        border_has_tier,
        continuing_has_amount,
    )
}

"""What a detector says: of which kind, about whom, how serious, with which figures, and why in plain Japanese."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any


class Kind(StrEnum):
    """点検の種類. Values are stored and never reused."""

    LONG_LOGON = "long_logon"
    OFF_HOURS = "off_hours"
    HOLIDAY = "holiday"
    CROSS_OFFICE = "cross_office"
    EMERGENCY = "emergency"
    VOLUME = "volume"
    ROLE_VOLUME = "role_volume"
    ONESELF = "oneself"
    SAME_ADDRESS = "same_address"
    SAME_SURNAME = "same_surname"
    COLLEAGUE = "colleague"
    PROTECTED = "protected"
    SEARCHES = "searches"
    PRINTS = "prints"
    EXPORTS = "exports"
    REFUSED = "refused"
    SIGN_IN = "sign_in"
    NUMBER_SHOWN = "number_shown"
    API_CLIENT = "api_client"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Kind.LONG_LOGON: "長時間ログオン",
    Kind.OFF_HOURS: "時間外の利用",
    Kind.HOLIDAY: "休日の利用",
    Kind.CROSS_OFFICE: "他所属の照会",
    Kind.EMERGENCY: "緊急アクセス",
    Kind.VOLUME: "ふだんと異なる件数",
    Kind.ROLE_VOLUME: "同じ役割の職員と異なる件数",
    Kind.ONESELF: "職員本人の記録の照会",
    Kind.SAME_ADDRESS: "同じ住所の住民の照会",
    Kind.SAME_SURNAME: "同じ姓の住民の照会",
    Kind.COLLEAGUE: "ほかの職員の記録の照会",
    Kind.PROTECTED: "支援措置対象者の照会",
    Kind.SEARCHES: "検索だけの利用",
    Kind.PRINTS: "多数の印刷",
    Kind.EXPORTS: "出力",
    Kind.REFUSED: "拒否された操作の連続",
    Kind.SIGN_IN: "認証の失敗の連続",
    Kind.NUMBER_SHOWN: "個人番号の表示",
    Kind.API_CLIENT: "API利用者の利用",
}


class Severity(IntEnum):
    """重要度: how soon somebody must look, and whether it may be ticked off with others."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        return {1: "低", 2: "中", 3: "高"}[self]


@dataclass(frozen=True, slots=True)
class Hit:
    """One finding as a detector reports it.

    `key` names what was found apart from the day (the day is added, unless `once` says that it already names all);
    `staff_id` and `name` say who acted (no id: an API client or an unknown sign-in); `figures` are the numbers with
    their Japanese names; `rows` are what the selector of the kind needs to find the log rows behind it.
    """

    kind: Kind
    key: str
    staff_id: int | None
    name: str
    severity: Severity
    explanation: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Any] = field(default_factory=dict)
    once: bool = False

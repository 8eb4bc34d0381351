"""The rights: (file × act). One enum, an unknown name raises (design §7)."""

from dataclasses import dataclass
from enum import StrEnum


class File(StrEnum):
    """The five personal-information files (個人情報ファイル) and the ledgers beside them."""

    ELIGIBILITY = "eligibility"
    CERTIFICATION = "certification"
    RECIPIENTS = "recipients"
    BENEFITS = "benefits"
    LEVY = "levy"
    INDIVIDUAL_NUMBER = "individual_number"
    JOBS = "jobs"
    ACCESS_LOG = "access_log"
    STAFF = "staff"
    FINDINGS = "findings"
    MEDIA = "media"
    REGISTERS = "registers"
    DISCLOSURE = "disclosure"
    DECISIONS = "decisions"
    API_CLIENTS = "api_clients"

    @property
    def label(self) -> str:
        return FILE_LABELS[self]


class Act(StrEnum):
    """What may be done with a file."""

    VIEW = "view"
    ENTER = "enter"
    DECIDE = "decide"
    PRINT = "print"
    EXPORT = "export"
    RUN = "run"

    @property
    def label(self) -> str:
        return ACT_LABELS[self]


FILE_LABELS = {
    File.ELIGIBILITY: "資格ファイル",
    File.CERTIFICATION: "認定ファイル",
    File.RECIPIENTS: "受給ファイル",
    File.BENEFITS: "給付ファイル",
    File.LEVY: "賦課・収滞納ファイル",
    File.INDIVIDUAL_NUMBER: "個人番号",
    File.JOBS: "一括処理台帳",
    File.ACCESS_LOG: "アクセス記録",
    File.STAFF: "職員・権限台帳",
    File.FINDINGS: "点検台帳",
    File.MEDIA: "出力・媒体台帳",
    File.REGISTERS: "個人情報保護台帳",
    File.DISCLOSURE: "開示請求・公用照会台帳",
    File.DECISIONS: "決裁台帳",
    File.API_CLIENTS: "API利用者台帳",
}
ACT_LABELS = {
    Act.VIEW: "照会",
    Act.ENTER: "入力",
    Act.DECIDE: "決定",
    Act.PRINT: "印刷",
    Act.EXPORT: "出力",
    Act.RUN: "一括処理",
}


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One right; its `codename` is the Django permission on Office that carries it."""

    file: File
    act: Act

    @property
    def codename(self) -> str:
        return f"{self.file.value}_{self.act.value}"

    @property
    def label(self) -> str:
        return f"{self.file.label}の{self.act.label}"

    @classmethod
    def named(cls, name: str) -> "Right":
        """The right called `file.act`. Raises ValueError for a name that does not exist."""
        file, _, act = name.partition(".")
        return cls(File(file), Act(act))


ALL_RIGHTS = tuple(Right(file, act) for file in File for act in Act)

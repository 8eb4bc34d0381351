"""What city to make, and the refusals for arguments that make no city."""

from dataclasses import dataclass
from datetime import date, timedelta

from kaigo.common.refusal import Refusal
from linkage.counterparts.city.tax_rules import RULES, YearRules

MOST_INSURED = 2_000_000
"""More would run out of individual numbers that begin with 9999."""


def first_friday_of_june(year: int) -> date:
    """The usual as-of day: the Friday on which the first tax file of a fiscal year arrives."""
    june = date(year, 6, 1)
    return june + timedelta(days=(4 - june.weekday()) % 7)


@dataclass(frozen=True, slots=True)
class CityConfig:
    """Size, seed and days of the invented city.

    `insured`: number of 第1号 insured persons on `as_of`; `year`: fiscal year of the tax file (賦課年度);
    `as_of`: creation day of the files, within that fiscal year; `faulty`: share (0 to 0.5) of rows that are
    wrong on purpose. Raises Refusal (codes `city.insured`, `city.year`, `city.as_of`, `city.faulty`).
    """

    insured: int
    seed: int = 1
    year: int = 2026
    as_of: date = date.min
    faulty: float = 0.002

    def __post_init__(self) -> None:
        if not 0 < self.insured <= MOST_INSURED:
            raise Refusal(
                "city.insured",
                f"被保険者数は1以上{MOST_INSURED:,}以下で指定してください。",
                field="insured",
                ways=("例: --insured 20000",),
            )
        if self.year not in RULES:
            known = "・".join(str(year) for year in sorted(RULES))
            raise Refusal(
                "city.year",
                f"{self.year}年度の税の規則がありません。",
                field="year",
                ways=(f"指定できる年度: {known}",),
            )
        if self.as_of == date.min:
            object.__setattr__(self, "as_of", first_friday_of_june(self.year))
        if not self.year_start <= self.as_of <= self.year_end:
            raise Refusal(
                "city.as_of",
                f"基準日{self.as_of}は{self.year}年度の外です。",
                field="as_of",
                ways=(f"{self.year_start}から{self.year_end}までの日を指定してください。",),
            )
        if not 0 <= self.faulty <= 0.5:
            raise Refusal(
                "city.faulty",
                "誤りの割合は0以上0.5以下で指定してください。",
                field="faulty",
                ways=("例: --faulty 0.002",),
            )

    @property
    def year_start(self) -> date:
        """賦課期日, 1 April."""
        return date(self.year, 4, 1)

    @property
    def year_end(self) -> date:
        return date(self.year + 1, 3, 31)

    @property
    def window_start(self) -> date:
        """First day of the two years of life that the resident file tells."""
        return date(self.year - 1, 4, 1)

    @property
    def rules(self) -> YearRules:
        return RULES[self.year]

"""第2面・第3面: what other rooms print on a card. Certification and recipients register what they know."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date

from eligibility.models import Insured


@dataclass(frozen=True, slots=True)
class Sections:
    """The second and third panel in words; what is empty stays an empty field of the form.

    `limits` are (サービスの種類, 種類支給限度基準額), `restrictions` (内容, 期間), `managers` (事業者・事業所,
    届出年月日), `stays` (種類, 名称, 入所等年月日, 退所等年月日).
    """

    level: str = ""
    certified_on: str = ""
    valid: str = ""
    allowance_period: str = ""
    allowance: str = ""
    limits: tuple[tuple[str, str], ...] = ()
    opinion: str = ""
    restrictions: tuple[tuple[str, str], ...] = ()
    managers: tuple[tuple[str, str], ...] = ()
    stays: tuple[tuple[str, str, str, str], ...] = ()


Provider = Callable[[Insured, date], Sections]
_PROVIDERS: list[Provider] = []


def provide(provider: Provider) -> None:
    """Let a room fill fields of the second and third panel."""
    if provider not in _PROVIDERS:
        _PROVIDERS.append(provider)


def sections_of(insured: Insured, day: date) -> Sections:
    """What all rooms say; of two that fill one field the first registered counts."""
    found: dict[str, object] = {}
    for given in (provider(insured, day) for provider in _PROVIDERS):
        for field in fields(given):
            if value := getattr(given, field.name):
                found.setdefault(field.name, value)
    return Sections(**found)  # type: ignore[arg-type]

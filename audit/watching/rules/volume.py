"""Unusual volume (ふだんと異なる件数): a person against their own days before, and against others in the role."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from audit.watching.rules.facts import Past, Use
from audit.watching.rules.hit import Hit, Kind, Severity
from audit.watching.rules.statistic import Usual, unusual, usual
from audit.watching.rules.thresholds import Thresholds

METRICS = {"persons": "照会した人数", "prints": "印刷した人数", "exports": "出力した人数"}


@dataclass(frozen=True, slots=True)
class _Judged:
    """How one count of a day compares: to the person's own usual, and to the usual of the role."""

    label: str
    count: int
    own: Usual | None
    role: str
    of_role: Usual | None


def volumes(uses: Iterable[Use], past: Past, day: date, limits: Thresholds) -> Iterator[Hit]:
    """Days on which a person did far more than usual.

    Who has too few days of their own is compared with the role only. Somebody whose days are all high is reported
    once a month as differing from the role, not every day.
    """
    for use in uses:
        if use.staff_id is None:
            yield from _client(use, past, limits)
            continue
        judged = [found for metric in METRICS if (found := _judge(use, metric, past, limits))]
        daily = [found for found in judged if found.own or _is_new(use, past, limits)]
        if daily:
            yield _daily(use, daily)
        elif judged:
            yield _monthly(use, judged, day)


def _judge(use: Use, metric: str, past: Past, limits: Thresholds) -> _Judged | None:
    count = getattr(use, metric)
    options = _options(limits, metric)
    history = past.own.get(use.who, {}).get(metric, ())
    own = unusual(count, history, **options) if not _is_new(use, past, limits) else None
    role, of_role = _against_roles(use, metric, count, past, limits)
    if own is None and of_role is None:
        return None
    return _Judged(METRICS[metric], count, own, role, of_role)


def _against_roles(use: Use, metric: str, count: int, past: Past, limits: Thresholds) -> tuple[str, Usual | None]:
    """The role whose usual comes highest: somebody in two roles does the work of both."""
    options = _options(limits, metric)
    found: list[tuple[int, str, Usual]] = []
    for role in use.roles:
        history = past.of_role.get(role, {}).get(metric, ())
        if len(history) >= limits.minimum_history:
            known = usual(history, factor=options["factor"], floor=options["floor"])
            found.append((known.limit, role, known))
    if not found:
        return "", None
    limit, role, known = max(found, key=lambda entry: entry[:2])
    return role, known if count > limit and count >= options["minimum"] else None


def _is_new(use: Use, past: Past, limits: Thresholds) -> bool:
    return len(past.own.get(use.who, {}).get("persons", ())) < limits.minimum_history


def _options(limits: Thresholds, metric: str) -> dict[str, int]:
    return {
        "factor": limits.spread_factor,
        "floor": limits.spread_floor,
        "minimum": limits.minimum_counts.get(metric, 1),
    }


def _daily(use: Use, judged: list[_Judged]) -> Hit:
    severity = Severity.HIGH if any(found.own and found.of_role for found in judged) else Severity.MEDIUM
    return Hit(
        Kind.VOLUME,
        f"s{use.staff_id}",
        use.staff_id,
        use.name,
        severity,
        "".join(map(_words, judged)),
        _figures(judged),
    )


def _monthly(use: Use, judged: list[_Judged], day: date) -> Hit:
    words = "".join(map(_words, judged)) + "本人のふだんの件数の範囲ではあるため、月に1度だけ挙げています。"
    key = f"s{use.staff_id}:{day:%Y-%m}"
    return Hit(
        Kind.ROLE_VOLUME, key, use.staff_id, use.name, Severity.LOW, words, _figures(judged), once=True
    )  # fmt: skip


def _client(use: Use, past: Past, limits: Thresholds) -> Iterator[Hit]:
    history = past.own.get(use.who, {}).get("calls", ())
    if len(history) < limits.minimum_history:
        words = f"「{use.name}」が{use.calls:,}件の記録を残しました。ふだんの件数はまだ分かりません。"
        severity = Severity.LOW
    elif own := unusual(use.calls, history, **_options(limits, "calls")):
        words = _words(_Judged("呼出しの件数", use.calls, own, "", None))
        severity = Severity.MEDIUM
    else:
        return
    figures = {"件数": use.calls, "人数": use.persons}
    yield Hit(Kind.API_CLIENT, f"n{use.name}", None, use.name, severity, words, figures)


def _words(judged: _Judged) -> str:
    text = f"{judged.label}は{judged.count:,}です。"
    if judged.own:
        text += (
            f"本人の前{judged.own.days}日（利用のあった日）の中央値は{judged.own.median:,.0f}、"
            f"通常の範囲は{judged.own.limit:,}までです。"
        )
    if judged.of_role:
        text += (
            f"役割「{judged.role}」の職員の1日当たりの中央値は{judged.of_role.median:,.0f}、"
            f"通常の範囲は{judged.of_role.limit:,}までです。"
        )
    return text


def _figures(judged: list[_Judged]) -> dict[str, int]:
    figures: dict[str, int] = {}
    for found in judged:
        figures[found.label] = found.count
        if found.own:
            figures[f"{found.label}（本人の通常の上限）"] = found.own.limit
        if found.of_role:
            figures[f"{found.label}（役割の通常の上限）"] = found.of_role.limit
    return figures

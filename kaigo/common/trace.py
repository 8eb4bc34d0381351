"""判定の経過: how a decision was reached, kept small beside it and opened in plain Japanese ("なぜ？").

A trace is an ordered list of steps `[code, {inputs}, outcome]` in JSON types. Titles, articles and sentences are
not stored with each person: a room's catalogue holds them once, and `explain` puts the two together. Codes are
never reused or removed, so that old decisions stay readable.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from string import Formatter
from typing import Any, NamedTuple

from kaigo.common.wareki import format_wareki

Step = tuple[str, dict[str, Any], Any]


class StepText(NamedTuple):
    """One step code: title, article, sentence with `{input}` and `{outcome}` places, kind of the outcome."""

    title: str
    article: str
    sentence: str
    outcome: str = "text"
    words: Mapping[str, str] = {}


class InputText(NamedTuple):
    """One input key: its Japanese label and how it is written (`yen`, `day`, `permille`, `text` …)."""

    label: str
    kind: str = "text"
    words: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The words of a room's traces: by step code and by input key."""

    steps: Mapping[str, StepText]
    inputs: Mapping[str, InputText] = field(default_factory=dict)


class ExplainedStep(NamedTuple):
    """A step ready for the screen: all text, in Japanese. `inputs` are (label, value) pairs."""

    title: str
    sentence: str
    article: str
    inputs: tuple[tuple[str, str], ...]
    outcome: str


def compact(trace: Iterable[Sequence[Any]]) -> str:
    """The trace as the shortest JSON text, for storage."""
    return json.dumps(list(trace), ensure_ascii=False, separators=(",", ":"))


def explain(trace: Iterable[Sequence[Any]], catalogue: Catalogue) -> list[ExplainedStep]:
    """Every step in plain Japanese. Raises KeyError for a code that the catalogue never had: a defect."""
    return [_explained(code, inputs, outcome, catalogue) for code, inputs, outcome in trace]


def _explained(code: str, inputs: Mapping[str, Any], outcome: Any, catalogue: Catalogue) -> ExplainedStep:
    text = catalogue.steps[code]
    shown = {key: _input(key, value, catalogue) for key, value in inputs.items()}
    result = write(outcome, text.outcome, text.words)
    sentence = _Places().vformat(text.sentence, (), {**shown, "outcome": result})
    labelled = tuple((_label(key, catalogue), value) for key, value in shown.items())
    return ExplainedStep(text.title, sentence, text.article, labelled, result)


def _input(key: str, value: Any, catalogue: Catalogue) -> str:
    text = catalogue.inputs.get(key, InputText(key))
    return write(value, text.kind, text.words)


def _label(key: str, catalogue: Catalogue) -> str:
    return catalogue.inputs[key].label if key in catalogue.inputs else key


class _Places(Formatter):
    """A place whose input an old trace did not keep is shown as such; the page must still open."""

    def get_value(self, key: int | str, _args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), "（記録なし）")


def write(value: Any, kind: str, words: Mapping[str, str] | None = None) -> str:
    """One value as it is written on screen: `yen` 1,234円, `day` 令和8年4月1日, `permille` 0.285."""
    if value is None:
        return "なし"
    if words and str(value) in words:
        return words[str(value)]
    writer = _WRITERS.get(kind)
    return writer(value) if writer else str(value)


def _day(value: Any) -> str:
    return format_wareki(value if isinstance(value, date) else date.fromisoformat(value))


_WRITERS = {
    "yen": lambda value: f"{value:,}円",
    "day": _day,
    "permille": lambda value: f"{value // 1000}.{value % 1000:03d}",
    "months": lambda value: f"{value}か月",
    "count": lambda value: f"{value}人",
    "tier": lambda value: f"第{value}段階",
}

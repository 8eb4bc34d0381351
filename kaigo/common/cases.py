"""事例ファイル: examples of rules in YAML, run through the very functions that the system uses.

    rule: levy.assess
    source: 介護保険法施行令38条1項
    cases:
      - name: 第1段階の上限ちょうど
        fiscal_year: 2026
        settings: {monthly_rounding_unit: 1}      # values of the ordinance for this case only
        input: {tax: {status: 非課税, pension_revenue: 826500}}
        expected: {tier: 1}                       # a part of the result is enough

A room registers one runner per rule in `AppConfig.ready`; `manage.py check_cases` and the tests use them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from kaigo.common import yamlfile
from kaigo.common.refusal import Refusal
from kaigo.common.trace import ExplainedStep

FILE_KEYS = {"rule", "source", "cases"}
CASE_KEYS = {"rule", "name", "source", "note", "fiscal_year", "date", "settings", "input", "expected"}


class CaseError(Refusal):
    """A case that cannot be run: the message names the file, the case and what is wrong with it."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__("case", f"{where}: {problem}", ways=("事例を直してから、もう一度行ってください。",))


@dataclass(frozen=True, slots=True)
class Case:
    """One example. `where` is "file 「name」"; `day` is the date, or April 1 of the fiscal year."""

    where: str
    rule: str
    name: str
    source: str
    day: date
    settings: Mapping[str, Any]
    given: Mapping[str, Any]
    expected: Mapping[str, Any]

    def overrides(self) -> list[dict[str, Any]]:
        """The settings as parameter rows in force from the day of the case."""
        source = f"事例「{self.name}」"
        return [
            {"name": key, "from": self.day, "value": value, "source": source} for key, value in self.settings.items()
        ]


class Result(NamedTuple):
    """What a rule answered: a flat mapping in YAML types, and its trace in Japanese."""

    actual: Mapping[str, Any]
    steps: Sequence[ExplainedStep] = ()


class Difference(NamedTuple):
    """One item that came out otherwise than expected."""

    item: str
    expected: Any
    actual: Any


class Outcome(NamedTuple):
    """A case that was run; no differences = as expected."""

    case: Case
    differences: tuple[Difference, ...]
    steps: Sequence[ExplainedStep]


Runner = Callable[[Case, Sequence[Mapping[str, Any]]], Result]
"""Runs one case under the given parameter rows (the office's own, then the settings of the case)."""

_runners: dict[str, Runner] = {}
_folders: dict[str, Path] = {}
_office_values: dict[str, Callable[[], Sequence[Mapping[str, Any]]]] = {}


def register_rule(name: str, runner: Runner) -> None:
    """Make a rule known by its name, "room.rule"."""
    _runners[name] = runner


def register_folder(room: str, folder: Path) -> None:
    """Where a room ships its cases."""
    _folders[room] = folder


def register_office_values(room: str, provider: Callable[[], Sequence[Mapping[str, Any]]]) -> None:
    """Where the office's own parameter rows of a room come from; cases that an office adds run under them."""
    _office_values[room] = provider


def shipped_folders() -> tuple[Path, ...]:
    """The folders of the cases shipped with the system, by room."""
    return tuple(_folders[room] for room in sorted(_folders))


def case_files(path: Path) -> tuple[Path, ...]:
    """The case files at a path: the file itself, or every YAML file below a folder. Raises CaseError if none."""
    if path.is_dir():
        found = tuple(sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")]))
        if not found:
            raise CaseError(str(path), "フォルダーに事例ファイル（.yaml）がありません")
        return found
    if not path.is_file():
        raise CaseError(str(path), "ファイルがありません")
    return (path,)


def read_cases(path: Path) -> tuple[list[Case], list[CaseError]]:
    """The cases of one file, and an error for each that is malformed (one for the file if it is no case file)."""
    try:
        content = yamlfile.read(path)
        rows = _rows(path, content)
    except yamlfile.YamlProblem as error:
        return [], [CaseError(path.name, str(error))]
    except CaseError as error:
        return [], [error]
    cases: list[Case] = []
    problems: list[CaseError] = []
    for number, row in enumerate(rows, 1):
        try:
            cases.append(_case(path, number, row, content))
        except CaseError as error:
            problems.append(error)
    return cases, problems + _repeated(path, cases)


def _rows(path: Path, content: Any) -> list[Any]:
    if not isinstance(content, Mapping) or set(content) - FILE_KEYS or not isinstance(content.get("cases"), list):
        raise CaseError(path.name, "最上段は rule, source, cases で書いてください")
    if not content["cases"]:
        raise CaseError(path.name, "事例が1つもありません")
    return content["cases"]


def _repeated(path: Path, cases: Iterable[Case]) -> list[CaseError]:
    seen: set[str] = set()
    again = [case.name for case in cases if case.name in seen or seen.add(case.name)]  # type: ignore[func-returns-value]
    return [CaseError(f"{path.name} 「{name}」", "同じ名前の事例が2つあります") for name in again]


def _case(path: Path, number: int, row: Any, file: Mapping[str, Any]) -> Case:
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str):
        raise CaseError(f"{path.name} {number}番目の事例", "name がありません")
    where = f"{path.name} 「{row['name']}」"
    if unknown := set(row) - CASE_KEYS:
        raise CaseError(where, f"知らない項目があります（{', '.join(sorted(map(str, unknown)))}）")
    rule, source = row.get("rule", file.get("rule")), row.get("source", file.get("source"))
    if rule not in _runners:
        raise CaseError(where, f"規則「{rule}」はありません（{', '.join(sorted(_runners))}）")
    if not isinstance(source, str) or not source.strip():
        raise CaseError(where, "source（出典）がありません")
    settings = row.get("settings") or {}
    for key, value in (("settings", settings), ("input", row.get("input")), ("expected", row.get("expected"))):
        if not isinstance(value, Mapping) or (not value and key == "expected"):
            raise CaseError(where, f"{key} を項目と値で書いてください")
    return Case(where, rule, row["name"], source, _day(where, row), settings, row["input"], row["expected"])


def _day(where: str, row: Mapping[str, Any]) -> date:
    year, day = row.get("fiscal_year"), row.get("date")
    if type(day) is date and year is None:
        return day
    if type(year) is int and 2000 <= year <= 2200 and day is None:
        return date(year, 4, 1)
    raise CaseError(where, "fiscal_year（西暦の年度）か date（日付）のどちらか一つを書いてください")


def run(case: Case, *, office: bool = False) -> Outcome:
    """Run a case; with `office` under the office's own parameters too.

    An expected refusal is written `expected: {refused: <code>}`. Raises CaseError for an input or a setting that
    the rule does not know.
    """
    provider = _office_values.get(case.rule.split(".")[0])
    rows = [*provider()] if office and provider else []
    try:
        result = _runners[case.rule](case, rows)
    except CaseError:
        raise
    except Refusal as refusal:
        if refusal.code == "parameter":
            raise CaseError(case.where, refusal.message) from refusal
        result = Result({"refused": refusal.code})
    return Outcome(case, tuple(_differences(case, case.expected, result.actual)), result.steps)


def _differences(case: Case, expected: Mapping[str, Any], actual: Mapping[str, Any]) -> Iterable[Difference]:
    if ("refused" in expected) != ("refused" in actual):
        yield Difference("refused", expected.get("refused"), actual.get("refused"))
        return
    for key, value in expected.items():
        if key not in actual:
            raise CaseError(case.where, f"結果に「{key}」という項目はありません（{', '.join(sorted(actual))}）")
        if not _agree(value, actual[key]):
            yield Difference(key, value, actual[key])


def _agree(expected: Any, actual: Any) -> bool:
    """Equal; an object may state a part of its items, a list must have all its elements."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return all(key in actual and _agree(value, actual[key]) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(actual, list | tuple):
        return len(expected) == len(actual) and all(map(_agree, expected, actual))
    return type(expected) is type(actual) and bool(expected == actual)


def build(case: Case, shape: type[Any], content: Any, **defaults: Any) -> Any:
    """A NamedTuple of facts from the YAML of a case. Raises CaseError for unknown or mistyped items.

    Whole numbers must be whole and not negative, days must be days, true/false must be that.
    """
    if not isinstance(content, Mapping):
        raise CaseError(case.where, f"項目と値で書いてください（{content!r}）")
    known = shape.__annotations__
    for key, value in content.items():
        if key not in known:
            raise CaseError(case.where, f"知らない項目「{key}」があります（{', '.join(known)}）")
        if not _fits(known[key], value):
            raise CaseError(case.where, f"「{key}」の値が正しくありません（{value!r}）")
    try:
        return shape(**{**defaults, **content})
    except TypeError as error:
        missing = [key for key in known if key not in shape._field_defaults and key not in {**defaults, **content}]
        raise CaseError(case.where, f"項目が足りません（{', '.join(missing)}）") from error


def _fits(kind: Any, value: Any) -> bool:
    if kind is int:
        return type(value) is int and value >= 0
    if kind in (bool, date, str):
        return type(value) is kind
    return True

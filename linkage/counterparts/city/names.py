"""Names of invented persons (氏名, カナ, 通称), usual for their sex and year of birth."""

from bisect import bisect_left

from linkage.counterparts.city import wordlists
from linkage.counterparts.city.dice import Dice, Weighted

Name = tuple[str, str]
"""Written form and full-width kana."""

SPACE = "\u3000"
MALE = "1"


def _entries(text: str) -> list[Name]:
    pairs = (entry.strip() for line in text.split("\n") for entry in line.split("/") if entry.strip())
    return [(written, kana) for written, kana in (pair.rsplit(" ", 1) for pair in pairs)]


def _latin_entries(text: str) -> list[Name]:
    """`VAN NAM ヴァン ナム`: as many words of reading as of writing."""
    split = [entry.split(" ") for entry in text.split("/")]
    return [(" ".join(words[: len(words) // 2]), SPACE.join(words[len(words) // 2 :])) for words in split]


def _surname_weight(place: int) -> int:
    return 12 if place < 30 else 4 if place < 70 else 1


_surnames = _entries(wordlists.SURNAMES)
SURNAMES = Weighted([(name, _surname_weight(place)) for place, name in enumerate(_surnames)])
_given = {"1": wordlists.MALE, "2": wordlists.FEMALE}
_years = sorted(wordlists.MALE)
GIVEN = {sex: [_entries(by_year[year]) for year in _years] for sex, by_year in _given.items()}
_FOREIGN = {
    "characters": (
        _entries(wordlists.CHARACTER_SURNAMES),
        {"1": _entries(wordlists.CHARACTER_MALE), "2": _entries(wordlists.CHARACTER_FEMALE)},
    ),
    "latin": (
        _latin_entries(wordlists.LATIN_SURNAMES),
        {"1": _latin_entries(wordlists.LATIN_MALE), "2": _latin_entries(wordlists.LATIN_FEMALE)},
    ),
}


def surname(dice: Dice) -> Name:
    return SURNAMES.at(dice.random())


def given(dice: Dice, sex: str, born: int) -> Name:
    """A given name usual for persons of this sex (1 or 2) born in this year."""
    return dice.pick(GIVEN[sex][bisect_left(_years, born)])


def full(family: Name, own: Name) -> Name:
    return family[0] + SPACE + own[0], family[1] + SPACE + own[1]


def foreign_surname(dice: Dice) -> tuple[str, Name]:
    """How a foreign household writes its name (characters or latin) and its family name."""
    script = "characters" if dice.chance(0.45) else "latin"
    return script, dice.pick(_FOREIGN[script][0])


def foreign(dice: Dice, script: str, family: Name, sex: str) -> Name:
    own = dice.pick(_FOREIGN[script][1][sex])
    space = SPACE if script == "characters" else " "
    return family[0] + space + own[0], family[1] + SPACE + own[1]


def alias(dice: Dice, sex: str, born: int) -> Name:
    """A registered common name (通称) in Japanese form."""
    return full(surname(dice), given(dice, sex, born))

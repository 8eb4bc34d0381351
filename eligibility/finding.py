"""Who fits a search, the most likely first. Reads the 検索の手がかり, a bounded number of SQL statements a page."""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Value

from audit.actor import Actor
from audit.permissions import visible
from eligibility import search_keys as keys
from eligibility.models import ContactPoint, HouseholdMembership, Insured, Resident, ResidentVersion, SearchKey
from eligibility.queries import VIEW, people
from eligibility.search import Search, Word
from kaigo.common import clock, kana

ORDER = ("standing", "kana_key", "birth_date", "resident_id")
COLUMNS = (*ORDER, "name_key")
RANKED = 1_000  # hits of several words up to which each is ranked by what fits
# Hits up to which all are read and then sorted; more are read in the order of the results, which goes the faster the
# more of those who may be seen fit: sooner for who sees few offices.
MANY, MANY_OF_FEW = 8_000, 5_000
AHEAD = 1_500  # rows in the order of the results in which a page is looked for first, where very many may fit
FEW = 3  # hits up to which similar names are offered as well
SIMILAR = 10  # similar names offered at most
SHORTEST_SIMILAR = 3  # letters
# Under which letters a word is looked up: by the name now, the given name, a former name, the address.
LEVELS = 4
FORMER_LEVEL = 2
KANA_TAGS = ((keys.KANA, keys.ALIAS), (keys.GIVEN_KANA,), (keys.FORMER_KANA,))
NAME_TAGS = ((keys.NAME, keys.ALIAS), (keys.GIVEN,), (keys.FORMER,))


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what a search found.

    `former` are the former names by which somebody was found, by id; `similar` are others whose kana are one
    letter off.
    """

    rows: Sequence[Resident]
    page: int
    more: bool
    former: dict[int, str] = field(default_factory=dict)
    similar: Sequence[Resident] = ()

    def cut(self, most: int) -> "Found":
        """The same with no more people altogether than may be shown."""
        return replace(self, similar=self.similar[: max(0, most - len(self.rows))])


def find_people(actor: Actor, search: Search, *, page: int = 1, size: int = 50) -> Found:
    """Who fits the search among the residents of the actor's offices, the most likely first.

    Whole name, beginning of the name, 通称, given name, former name, address; in each 被保険者 first, then by kana.
    At most twelve SQL statements, however many fit.
    """
    start = (page - 1) * size
    hits = _hits(actor, search, start + size + 1)
    ids = list(hits)[start : start + size + 1]
    similar = _similar(actor, search, set(hits)) if page == 1 and len(hits) <= FEW else []
    rows = _load(actor, [*ids[:size], *similar[:size]])
    shown = [rows[pk] for pk in ids[:size] if pk in rows]
    former = _former_names([row for row in shown if hits[row.pk] >= FORMER_LEVEL], search)
    return Found(shown, page, len(ids) > size, former, [rows[pk] for pk in similar[:size] if pk in rows])


def _load(actor: Actor, ids: Sequence[int]) -> dict[int, Resident]:
    if not ids:
        return {}
    return {row.pk: row for row in visible(people(), actor, VIEW).filter(pk__in=ids)}


def _hits(actor: Actor, search: Search, wanted: int) -> dict[int, int]:
    """The ids of who fits, in order, each with the level at which it fits, until there are enough."""
    rows = visible(SearchKey.objects.all(), actor, VIEW, subject="resident__public_id")
    hits: dict[int, int] = {}
    if search.numbers:
        numbered = _numbered(search.numbers)
        rows_numbered = rows.filter(pk__in=numbered)
        if search.words:
            rows = rows_numbered
        else:
            seen = set(rows_numbered.values_list("pk", flat=True)) if numbered else set()
            hits = {pk: 0 for pk in numbered if pk in seen}
    else:
        hits = dict.fromkeys(_by_whole(rows, search, wanted), 0)
    words = search.words or (Word(births=search.births),)
    if len(hits) < wanted and (search.words or search.births):
        for pk, level in _by_words(rows, _office(actor), words, wanted + len(hits)):
            hits.setdefault(pk, level)
    return hits


def _numbered(numbers: Sequence[str]) -> list[int]:
    """Who has one of the numbers, the surest reading first.

    One branch a table and an index: whatever the planner believes of a table, no branch can become a join of them.
    """
    today = clock.today()
    points = ContactPoint.objects.filter(phone_key__in=numbers, withdrawn=False, begun_on__lte=today)
    branches: tuple[tuple[QuerySet[Any], str], ...] = (
        (Insured.objects.filter(insured_number__in=numbers), "resident_id"),
        (Resident.objects.filter(addressee_number__in=numbers), "pk"),
        (Resident.objects.filter(phone__in=numbers).exclude(phone=""), "pk"),
        (points.filter(Q(ended_on=None) | Q(ended_on__gte=today)), "resident_id"),
        (
            HouseholdMembership.objects.filter(household_number__in=numbers, period__contains=today),
            "resident_id",
        ),
    )
    first, *others = (
        rows.order_by().annotate(place=Value(place)).values_list(name, "place")
        for place, (rows, name) in enumerate(branches)
    )
    found = sorted(first.union(*others, all=True), key=lambda row: (row[1], row[0]))
    return list(dict.fromkeys(pk for pk, _ in found))


def _by_whole(rows: QuerySet[SearchKey], search: Search, wanted: int) -> Iterable[int]:
    """By all words as one name: whoever is called exactly so, then whose name begins so."""
    if key := search.kana_key:
        exact, longer = rows.filter(kana_key=key), rows.filter(kana_key__startswith=key).exclude(kana_key=key)
        branches = [part.filter(standing=place) for part in (exact, longer) for place in SearchKey.Standing.values]
        first, *others = (branch.order_by(*ORDER).values_list("pk", flat=True)[:wanted] for branch in branches)
        return first.union(*others, all=True)[:wanted]
    if key := search.name_key:
        return _sorted(rows.filter(name_key__startswith=key), wanted, before="name_key <> %s", key=key)[0]
    return []


def _by_words(rows: QuerySet[SearchKey], office: str, words: Sequence[Word], wanted: int) -> Iterator[tuple[int, int]]:
    """By each word for itself: every word must fit; who fits at a lower level comes before who fits at a higher one."""
    rows = _born(rows, words)
    queries = {query: level for level in reversed(range(LEVELS)) for query in [_query(words, level)]}
    if len(words) > 1 and (few := _ranked(rows, queries, office, wanted)) is not None:
        yield from few
        return
    found: set[int] = set()
    for query, level in sorted(queries.items(), key=lambda entry: entry[1]):
        ids = _ahead(rows, query, wanted) if level == LEVELS - 1 and _is_broad(words) else []
        ids = ids or _fitting(rows, query, office, wanted)
        yield from ((pk, level) for pk in ids)
        found.update(ids)
        if len(found) >= wanted:
            return


def _is_broad(words: Sequence[Word]) -> bool:
    """One word of an address without a number, such as a ward or the name that many houses begin with."""
    return len(words) == 1 and not re.search(r"\d", words[0].address)


def _ahead(rows: QuerySet[SearchKey], query: str, wanted: int) -> list[int]:
    """A full page of who fits, if the first of all who may be seen already fill it; else nothing."""
    columns = rows.order_by(*ORDER).values_list("resident_id", "words")[:AHEAD]
    inner, parameters = columns.query.sql_with_params()
    statement = f"""
        SELECT resident_id FROM ({inner}) AS first (resident_id, words) WHERE ts_match_vq(words, %s::tsquery) LIMIT %s
    """  # noqa: S608 - a query of Django's
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, query, wanted])
        found = [pk for (pk,) in cursor.fetchall()]
    return found if len(found) == wanted else []


def _fitting(rows: QuerySet[SearchKey], query: str, office: str, wanted: int) -> list[int]:
    """Who fits one query, in the order of the results."""
    many = MANY_OF_FEW if office else MANY
    ids, count = _sorted(rows.filter(words__fits=query + office), wanted, most=many)
    if count <= many:
        return ids
    return list(rows.filter(words__scanned=query).order_by(*ORDER).values_list("pk", flat=True)[:wanted])


def _ranked(
    rows: QuerySet[SearchKey], queries: dict[str, int], office: str, wanted: int
) -> list[tuple[int, int]] | None:
    """Who fits at any level, in one statement that ranks them; None when there are too many to rank."""
    most, *lower = sorted(queries, key=lambda query: queries[query], reverse=True)
    columns = rows.filter(words__fits=most + office).order_by().values_list(*COLUMNS, "words")[: RANKED + 1]
    cases = " ".join("WHEN words @@ %s::tsquery THEN %s" for _ in lower)
    level = f"CASE {cases} ELSE {queries[most]} END" if lower else f"{queries[most]}"
    inner, parameters = columns.query.sql_with_params()
    statement = f"""
        WITH hits ({", ".join(COLUMNS)}, words) AS MATERIALIZED ({inner})
        SELECT resident_id, {level} AS level, (SELECT count(*) FROM hits) FROM hits
        ORDER BY level, {", ".join(ORDER)} LIMIT %s
    """  # noqa: S608 - a query of Django's and constants of this module
    ranks = [value for query in reversed(lower) for value in (query, queries[query])]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, *ranks, wanted])
        found = cursor.fetchall()
    return None if found and found[0][2] > RANKED else [(pk, rank) for pk, rank, _ in found]


def _sorted(
    fitting: QuerySet[SearchKey], wanted: int, *, before: str = "", key: str = "", most: int | None = None
) -> tuple[list[int], int]:
    """The first ids in the order of the results, and how many fit (counted to one more than `most`).

    All who fit are read before they are sorted: the planner, which does not know that names beginning with 山 stand at
    the end of the kana, would go through everybody in order.
    """
    columns = fitting.order_by().values_list(*COLUMNS)
    inner, parameters = columns[: most + 1 if most else None].query.sql_with_params()
    order = ", ".join((before, *ORDER) if before else ORDER)
    statement = f"""
        WITH hits ({", ".join(COLUMNS)}) AS MATERIALIZED ({inner})
        SELECT resident_id, (SELECT count(*) FROM hits) FROM hits ORDER BY {order} LIMIT %s
    """  # noqa: S608 - a query of Django's and constants of this module
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, *([key] if key else []), wanted])
        found = cursor.fetchall()
    return [pk for pk, _ in found], found[0][1] if found else 0


def _born(rows: QuerySet[SearchKey], words: Sequence[Word]) -> QuerySet[SearchKey]:
    """Words that can only be dates, as days too: the index in the order of the results knows the day of birth."""
    for word in words:
        if len(word.births) == 1 and not (word.name or word.kana or word.address):
            first, last = _days(word.births[0])
            rows = rows.filter(birth_date__range=(first, last))
    return rows


def _days(birth: str) -> tuple[date, date]:
    """The first and the last day of a year (1937), a month (193703) or a day (19370304)."""
    year, month, day = int(birth[:4]), int(birth[4:6] or 0), int(birth[6:8] or 0)
    if day:
        return date(year, month, day), date(year, month, day)
    first, last = (month, month) if month else (1, 12)
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def _query(words: Sequence[Word], level: int) -> str:
    """The words as PostgreSQL's tsquery, each under the letters of the levels up to this one."""
    return " & ".join(f"({' | '.join(_readings(word, level))})" for word in words)


def _readings(word: Word, level: int) -> list[str]:
    found = [f"{keys.lexeme(tag + word.kana)}:*" for tags in KANA_TAGS[: level + 1] for tag in tags if word.kana]
    found += [f"{keys.lexeme(tag + word.name)}:*" for tags in NAME_TAGS[: level + 1] for tag in tags if word.name]
    found += [f"{keys.lexeme(keys.BIRTH + birth)}:*" for birth in word.births]
    if word.address and (level == LEVELS - 1 or not found):
        found += _address(word.address)
    return found


def _address(text: str) -> list[str]:
    """2-3 is not 2-31: where an address ends in a number, the number must end there too."""
    if text[-1].isdigit():
        return [keys.lexeme(keys.ADDRESS + text), f"{keys.lexeme(keys.ADDRESS + text + '-')}:*"]
    return [f"{keys.lexeme(keys.ADDRESS + text)}:*"]


def _office(actor: Actor) -> str:
    """The offices as part of the query, where they are few: who works in one ward must not wait for the others."""
    offices = sorted(actor.offices(VIEW))
    if actor.exceptional.readings or len(offices) > 2:
        return ""
    return f" & ({' | '.join(keys.lexeme(f'{keys.OFFICE}{office}') for office in offices)})" if offices else ""


NEAR = """
    SELECT k.resident_id FROM unnest(%s::text[]) WITH ORDINALITY AS typed (key, place)
    CROSS JOIN (VALUES (0), (1), (2)) AS s (standing)
    CROSS JOIN LATERAL (
        SELECT resident_id, standing, kana_key, birth_date FROM eligibility_searchkey k
        WHERE k.standing = s.standing AND k.kana_key >= typed.key AND k.kana_key < typed.key || chr(1114111)
            AND k.office_id = ANY(%s)
        ORDER BY k.kana_key, k.birth_date, k.resident_id LIMIT %s
    ) k ORDER BY k.standing, k.kana_key, k.birth_date, k.resident_id LIMIT %s
"""
LETTERS = sorted(set(kana.search_key("".join(map(chr, range(0x30A1, 0x30FB))))))


def _similar(actor: Actor, search: Search, known: set[int]) -> list[int]:
    """Whose kana begin like what was typed with one letter wrong, missing, too many, or two of them swapped."""
    key = search.kana_key
    if len(key) < SHORTEST_SIMILAR or search.numbers:
        return []
    wanted = SIMILAR + len(known)
    with connection.cursor() as cursor:
        cursor.execute(NEAR, [sorted(one_off(key)), sorted(actor.offices(VIEW)), wanted, wanted])
        found = dict.fromkeys(pk for (pk,) in cursor.fetchall())
    return [pk for pk in found if pk not in known][:SIMILAR]


def one_off(key: str) -> set[str]:
    """All kana that differ from a key by one letter wrong, missing, too many, or by two neighbours swapped."""
    cuts = [(key[:place], key[place:]) for place in range(len(key) + 1)]
    wrong = {head + letter + tail[1:] for head, tail in cuts if tail for letter in LETTERS}
    missing = {head + letter + tail for head, tail in cuts if tail for letter in LETTERS}
    extra = {head + tail[1:] for head, tail in cuts if tail}
    swapped = {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    return (wrong | missing | extra | swapped) - {key}


def _former_names(people: Sequence[Resident], search: Search) -> dict[int, str]:
    """The former name (旧氏名) or former 通称 that fits the search, of those whose name of today does not."""
    names = {row.pk: (row.name, row.alias) for row in people}
    versions = ResidentVersion.objects.filter(resident__in=names).order_by("history_serial") if names else []
    found: dict[int, str] = {}
    for version in versions:
        name, alias = names[version.resident_id]
        if version.name != name and _fits(search, version.name, version.kana):
            found[version.resident_id] = version.name
        elif version.alias not in ("", alias) and _fits(search, version.alias):
            found[version.resident_id] = version.alias
    return found


def _fits(search: Search, name: str, reading: str = "") -> bool:
    single = [text for word in search.words for text in (word.name, word.kana)]
    typed = tuple(text for text in (search.name_key, search.kana_key, *single) if text)
    return any(key.startswith(typed) for key in (kana.name_key(name), kana.search_key(reading)))

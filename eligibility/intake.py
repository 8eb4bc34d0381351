"""Taking in the resident register (住民記録): residents, households, individual numbers, then insured periods."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection

from audit.intake import About, Chunk, Counts, one, refuse_in_sql, run
from audit.jobs import Issue, Work
from audit.models import Office
from eligibility import rules
from eligibility.insurance import derive
from kaigo.common import crypto, kana
from kaigo.common.copying import copy_rows, staging_table

# The columns of a resident that the register fills, in the order in which they are staged.
CONTENT = (
    "status", "name", "kana", "alias", "birth_date", "sex", "office_id", "ward_code", "postal_code", "town", "lot",
    "building", "phone", "resident_from", "resident_until", "previous_municipality", "taken_over_on", "is_foreign",
    "is_protected", "insured_elsewhere", "elsewhere_insurer_number",
)  # fmt: skip
DERIVED = ("name_key", "kana_key")
KEY = 255  # characters of a search key
_TYPES = {
    "birth_date": "date", "resident_from": "date", "resident_until": "date", "taken_over_on": "date",
    "office_id": "bigint", "is_foreign": "boolean", "is_protected": "boolean", "insured_elsewhere": "boolean",
}  # fmt: skip
STAGED = {
    "line": "bigint", "lines": "bigint[]", "addressee_number": "text", "history_serial": "bigint",
    "household_number": "text", "relationship": "text",
    **{name: _TYPES.get(name, "text") for name in (*CONTENT, *DERIVED)},
    "lookup": "bytea", "wrapped": "bytea", "sealed": "bytea",
}  # fmt: skip
MEMBERSHIP = {
    "line": "bigint", "household_number": "text", "relationship": "text", "lower": "date", "upper": "date",
    "early": "date", "reopens": "boolean",
}  # fmt: skip
SAME_STRETCH = """
    w.resident_id = h.resident_id AND w.lower = lower(h.period) AND w.lower < coalesce(w.upper, 'infinity')
    AND (w.household_number, w.relationship) = (h.household_number, h.relationship)
"""
MOVE_OUT_CANCELLED = "10"  # 転出取消: the person never left


class Segment(NamedTuple):
    """A stretch of days in one household; `upper` is not included, None is open.

    `early` is where it begins for a person of whom nothing was known, `reopens` says that it carries on what a
    cancelled move-out had ended.
    """

    household_number: str
    relationship: str
    lower: date
    upper: date | None
    early: date
    reopens: bool = False

    @property
    def home(self) -> tuple[str, str]:
        return self.household_number, self.relationship


def store_residents(work: Work, about: About, chunks: Iterator[Chunk]) -> Counts:
    """住民記録: the latest version of each person, the households over time, the sealed individual number.

    Several versions of a person come together, ordered by history serial (履歴番号). Refuses unknown wards, repeated
    rows, versions older than the stored one (in a file of changes), and an individual number of somebody else.
    Then derives the insured periods of everybody whose facts changed, as of the day of the file.
    """
    staging_table(connection, "incoming_resident", STAGED)
    staging_table(connection, "incoming_membership", MEMBERSHIP)
    staged = Staging(work, about)
    staged.take(chunks)
    _judge()
    refused = staged.refused + _refuse(work)
    _write_residents()
    _write_memberships()
    _write_numbers()
    unchanged = one("SELECT coalesce(sum(cardinality(lines)), 0) FROM judged_resident WHERE verdict = 'same'")
    stored = one("SELECT coalesce(sum(cardinality(lines)), 0) FROM judged_resident WHERE verdict IN ('new', 'changed')")
    derived = derive(
        "SELECT resident_id FROM judged_resident WHERE verdict IN ('new', 'changed')", as_of=about.created_on
    )
    work.issues(derived.contradictions)
    return Counts(stored, unchanged, refused)


class Staging:
    """Turns the rows of the file into one staged row a person and the stretches of households."""

    def __init__(self, work: Work, about: About) -> None:
        self._work = work
        self._at = about.columns
        self._ring = crypto.ring()
        self._offices = dict(Office.objects.exclude(ward_code="").values_list("ward_code", "id"))
        self.refused = 0

    def take(self, chunks: Iterator[Chunk]) -> None:
        """Stage everything; versions of one person that fall into two chunks are kept together."""
        carried: Chunk = []
        for chunk in chunks:
            rows = carried + chunk
            last = rows[-1][1][0]
            cut = next((i for i in range(len(rows) - 1, -1, -1) if rows[i][1][0] != last), -1) + 1
            self._stage(rows[:cut])
            carried = rows[cut:]
        self._stage(carried)

    def _stage(self, rows: Chunk) -> None:
        issues: list[Issue] = []
        people, memberships = [], []
        for number, versions in groupby(rows, key=lambda row: row[1][0]):
            good = list(self._usable(list(versions), issues))
            if good:
                people.append(self._person(number, good))
                memberships += [(people[-1][0], *segment) for segment in segments(good, self._at)]
        copy_rows(connection, "incoming_resident", list(STAGED), people)
        copy_rows(connection, "incoming_membership", list(MEMBERSHIP), memberships)
        self.refused += self._work.issues(issues)

    def _usable(self, versions: Chunk, issues: list[Issue]) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """The versions of one person that can be used, each serial once, in order."""
        seen: set[int] = set()
        for line, row in versions:
            serial = row[self._at["history_serial"]]
            if row[self._at["ward_code"]] not in self._offices:
                issues.append(
                    Issue(
                        line,
                        row[0],
                        "区コード",
                        "unknown-ward",
                        "この市にない区コードです。",
                        "提供元に区コードを確かめ、訂正した行を受け取ってください。",
                    )
                )
            elif serial in seen:
                issues.append(
                    Issue(
                        line,
                        row[0],
                        "履歴番号",
                        "duplicate-row",
                        "同じ人の同じ履歴番号の行が、このファイルの前の行にもあります。",
                        "先の行を使いました。提供元に、どちらが正しいか確かめてください。",
                    )
                )
            else:
                seen.add(serial)
                yield line, row

    def _person(self, number: str, versions: Chunk) -> tuple[Any, ...]:
        at = self._at
        line, row = max(versions, key=lambda version: version[1][at["history_serial"]])
        key = crypto.new_data_key()
        individual_number = row[at["individual_number"]]
        name, kana_text = row[at["name"]], kana.normalise(row[at["kana"]])
        return (
            line, [line for line, _ in versions], number, row[at["history_serial"]],
            row[at["household_number"]], row[at["relationship"]],
            row[at["status"]], name, kana_text, row[at["alias"]], row[at["birth_date"]], row[at["sex"]],
            self._offices[row[at["ward_code"]]], row[at["ward_code"]], row[at["postal_code"]], row[at["town"]],
            row[at["lot"]], row[at["building"]], row[at["phone"]], row[at["resident_from"]], row[at["resident_until"]],
            row[at["previous_municipality"]], row[at["taken_over_on"]], row[at["nationality"]] == "2",
            row[at["protected"]] == "1", row[at["elsewhere"]] == "1", row[at["elsewhere_insurer_number"]],
            kana.name_key(name)[:KEY], kana.search_key(kana_text)[:KEY],
            self._ring.lookup(individual_number, "individual_number"),
            self._ring.wrap(key, f"person:{number}"),
            crypto.seal(key, individual_number.encode(), f"individual_number:{number}"),
        )  # fmt: skip


def segments(versions: Chunk, at: dict[str, int]) -> list[Segment]:
    """世帯の期間 of one person from the versions of the entry, in the order of their history serials.

    Each version holds from its day on and replaces what an earlier one said about that day and later; leaving
    (転出・死亡) ends the last stretch the day after, or the same day when another municipality took over on it.
    The first version of all (履歴番号 1) holds from the day on which the person became a resident.
    """
    found: list[Segment] = []
    for _, row in sorted(versions, key=lambda version: version[1][at["history_serial"]]):
        found = _followed(found, _segment(row, at, first=not found), leaves=row[at["resident_until"]] is not None)
    return [segment for segment in found if segment.upper is None or segment.early < segment.upper]


def _segment(row: tuple[Any, ...], at: dict[str, int], *, first: bool) -> Segment:
    """What one version says by itself."""
    begin = row[at["event_on"]]
    early = min(begin, row[at["resident_from"]]) if first else begin
    return Segment(
        row[at["household_number"]],
        row[at["relationship"]],
        early if row[at["history_serial"]] == 1 else begin,
        _leaves(row, at),
        early,
        row[at["event"]] == MOVE_OUT_CANCELLED,
    )


def _followed(found: list[Segment], new: Segment, *, leaves: bool) -> list[Segment]:
    """The stretches so far, with those of the next version."""
    kept = [segment for segment in found if segment.early < (new.upper if leaves and new.upper else new.lower)]
    if not kept:
        return [*kept, new]
    last = kept.pop()
    carried_on = last.upper is None or last.upper >= new.lower or new.reopens
    if leaves and carried_on:
        return [*kept, last._replace(upper=new.upper)]
    if last.home == new.home and carried_on:
        return [*kept, last._replace(upper=new.upper)]
    begin = min(last.upper, new.lower) if new.reopens and last.upper else new.lower
    ended = last._replace(upper=min(last.upper or begin, begin))
    return [*kept, ended, new._replace(lower=begin, early=begin)]


def _leaves(row: tuple[Any, ...], at: dict[str, int]) -> date | None:
    status, taken_over_on = row[at["status"]], row[at["taken_over_on"]]
    stay = rules.Stay(row[at["resident_from"]], row[at["resident_until"]], rules.END_OF_STATUS[status], taken_over_on)
    return rules.loss(stay)


def _judge() -> None:
    """What becomes of each person: new, changed, same, or the code of the refusal."""
    content = ", ".join(f"s.{name}" for name in CONTENT)
    stored = ", ".join(f"r.{name}" for name in CONTENT)
    run("ANALYZE incoming_resident")
    run(
        f"""
        CREATE TEMPORARY TABLE judged_resident ON COMMIT DROP AS
        SELECT s.*, r.id AS resident_id, CASE
            WHEN s.nth > 1 THEN 'duplicate-row'
            WHEN s.number_nth > 1 OR n.resident_id <> coalesce(r.id, 0) THEN 'number-in-use'
            WHEN r.id IS NULL THEN 'new'
            WHEN s.history_serial > r.history_serial THEN 'changed'
            WHEN ({content}) IS NOT DISTINCT FROM ({stored}) AND n.lookup IS NOT NULL
                AND (h.id IS NULL OR (h.household_number, h.relationship) = (s.household_number, s.relationship))
                THEN 'same'
            ELSE 'stale-row' END AS verdict
        FROM (SELECT *, row_number() OVER (PARTITION BY addressee_number ORDER BY line) AS nth,
                        row_number() OVER (PARTITION BY lookup ORDER BY line) AS number_nth
              FROM incoming_resident) s
        LEFT JOIN eligibility_resident r USING (addressee_number)
        LEFT JOIN eligibility_individualnumber n ON n.lookup = s.lookup
        LEFT JOIN eligibility_householdmembership h ON h.resident_id = r.id AND upper_inf(h.period)
        """  # noqa: S608 - column names from this module
    )
    run("ANALYZE judged_resident")


def _refuse(work: Work) -> int:
    return refuse_in_sql(
        work,
        """
        SELECT unnest(lines) AS line, addressee_number,
            CASE verdict WHEN 'number-in-use' THEN '個人番号' WHEN 'stale-row' THEN '履歴番号' ELSE '宛名番号' END,
            verdict,
            CASE verdict
                WHEN 'number-in-use' THEN 'この個人番号は、別の宛名番号の人に登録されています。'
                WHEN 'stale-row' THEN '履歴番号が登録済みのもの以下なのに、内容が違います。'
                ELSE '同じ人の行が、このファイルの離れた行にもあります。' END,
            CASE verdict
                WHEN 'number-in-use' THEN '二人の個人番号と宛名番号を提供元に確かめてください。'
                WHEN 'stale-row' THEN '提供元に履歴の順番を確かめ、新しい履歴番号の行を受け取ってください。'
                ELSE '先の行を使いました。提供元に、どちらが正しいか確かめてください。' END
        FROM judged_resident WHERE verdict IN ('number-in-use', 'stale-row', 'duplicate-row') ORDER BY 1
        """,
    )


def _write_residents() -> None:
    columns = ("history_serial", *CONTENT, *DERIVED)
    names = ", ".join(columns)
    run(
        f"""
        INSERT INTO eligibility_resident (addressee_number, {names})
        SELECT addressee_number, {names} FROM judged_resident WHERE verdict = 'new' ORDER BY addressee_number
        """  # noqa: S608 - column names from this module
    )
    run(
        """
        UPDATE judged_resident j SET resident_id = r.id FROM eligibility_resident r
        WHERE j.verdict = 'new' AND r.addressee_number = j.addressee_number
        """
    )
    run(
        f"""
        UPDATE eligibility_resident r SET row_version = r.row_version + 1,
            {", ".join(f"{name} = j.{name}" for name in columns)}
        FROM judged_resident j WHERE j.verdict = 'changed' AND r.id = j.resident_id
        """  # noqa: S608 - column names from this module
    )


def _write_memberships() -> None:
    """Bring what is stored from the first incoming day on in line; earlier stretches stay.

    A stretch that touches the first incoming one in the same household is carried on by it. A stretch is known by its
    first day and household: one that stays keeps its identity, and what has gone makes room first.
    """
    run(
        """
        CREATE TEMPORARY TABLE written_membership ON COMMIT DROP AS
        SELECT j.resident_id, j.verdict, m.household_number, m.relationship, m.upper, m.reopens,
            CASE j.verdict WHEN 'new' THEN m.early ELSE m.lower END AS lower,
            row_number() OVER (PARTITION BY j.resident_id ORDER BY m.early) AS nth
        FROM incoming_membership m JOIN judged_resident j USING (line)
        WHERE j.verdict IN ('new', 'changed')
        """
    )
    run("CREATE INDEX ON written_membership (resident_id)")
    run(
        """
        UPDATE written_membership w SET lower = lower(h.period)
        FROM eligibility_householdmembership h
        WHERE w.verdict = 'changed' AND w.nth = 1 AND h.resident_id = w.resident_id AND lower(h.period) < w.lower
            AND (h.household_number, h.relationship) = (w.household_number, w.relationship)
            AND (upper(h.period) IS NULL OR upper(h.period) >= w.lower OR w.reopens)
            AND NOT EXISTS (SELECT 1 FROM eligibility_householdmembership later WHERE later.resident_id = h.resident_id
                AND lower(later.period) > lower(h.period) AND lower(later.period) < w.lower)
        """
    )
    run(
        """
        CREATE TEMPORARY TABLE rewritten_from ON COMMIT DROP AS
        SELECT resident_id, min(lower) AS day FROM written_membership WHERE verdict = 'changed' GROUP BY resident_id
        """
    )
    run(
        f"""
        DELETE FROM eligibility_householdmembership h USING rewritten_from f
        WHERE h.resident_id = f.resident_id AND lower(h.period) >= f.day
            AND NOT EXISTS (SELECT 1 FROM written_membership w WHERE {SAME_STRETCH})
        """  # noqa: S608 - a constant of this module
    )
    run(
        """UPDATE eligibility_householdmembership h SET period = daterange(lower(h.period), f.day) FROM rewritten_from f
           WHERE h.resident_id = f.resident_id AND lower(h.period) < f.day
             AND (upper(h.period) IS NULL OR upper(h.period) > f.day)"""
    )
    run(
        f"""UPDATE eligibility_householdmembership h SET period = daterange(w.lower, w.upper) FROM written_membership w
            WHERE w.verdict = 'changed' AND {SAME_STRETCH} AND h.period <> daterange(w.lower, w.upper)"""  # noqa: S608
    )
    run(
        f"""
        INSERT INTO eligibility_householdmembership (resident_id, household_number, relationship, period)
        SELECT resident_id, household_number, relationship, daterange(lower, upper) FROM written_membership w
        WHERE lower < coalesce(upper, 'infinity') AND (verdict = 'new'
            OR NOT EXISTS (SELECT 1 FROM eligibility_householdmembership h WHERE {SAME_STRETCH}))
        ORDER BY resident_id, lower
        """  # noqa: S608 - a constant of this module
    )


def _write_numbers() -> None:
    """Data key and sealed number of new persons; a changed number is sealed anew under a new key."""
    run(
        """
        INSERT INTO eligibility_personkey (resident_id, wrapped)
        SELECT resident_id, wrapped FROM judged_resident WHERE verdict = 'new' ORDER BY resident_id
        """
    )
    run(
        """
        INSERT INTO eligibility_individualnumber (resident_id, sealed, lookup)
        SELECT resident_id, sealed, lookup FROM judged_resident WHERE verdict = 'new' ORDER BY resident_id
        """
    )
    _reseal_changed_numbers()


def _reseal_changed_numbers() -> None:
    """A changed individual number is sealed under the person's own key: other secrets stay readable."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT j.resident_id, j.addressee_number, j.lookup, j.sealed, j.wrapped, k.wrapped
            FROM judged_resident j JOIN eligibility_personkey k USING (resident_id)
            JOIN eligibility_individualnumber n USING (resident_id)
            WHERE j.verdict = 'changed' AND n.lookup <> j.lookup
            """
        )
        changed = cursor.fetchall()
        for resident_id, number, lookup, sealed, incoming, held in changed:
            context = f"individual_number:{number}"
            plain = crypto.unseal(crypto.ring().unwrap(incoming, f"person:{number}"), sealed, context)
            anew = crypto.seal(crypto.ring().unwrap(held, f"person:{number}"), plain, context)
            cursor.execute(
                "UPDATE eligibility_individualnumber SET sealed = %s, lookup = %s WHERE resident_id = %s",
                [anew, lookup, resident_id],
            )

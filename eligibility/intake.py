"""Taking in the resident register (住民記録): residents, households, individual numbers, then insured periods."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection

from audit.intake import About, Chunk, Counts, one, refuse_in_sql, run
from audit.jobs import Issue, Stage, Work
from audit.models import Office
from eligibility.insurance import derive
from kaigo.common import crypto, kana
from kaigo.common.copying import copy_rows, staging_table

DAY = timedelta(days=1)

# The columns of a resident that the register fills, in the order in which they are staged.
CONTENT = (
    "status", "name", "kana", "alias", "birth_date", "sex", "office_id", "ward_code", "postal_code", "town", "lot",
    "building", "phone", "resident_from", "resident_until", "previous_municipality", "taken_over_on", "is_foreign",
    "is_protected", "insured_elsewhere", "elsewhere_insurer_number",
)  # fmt: skip
DERIVED = ("name_key", "kana_key")
_TYPES = {
    "birth_date": "date", "resident_from": "date", "resident_until": "date", "taken_over_on": "date",
    "office_id": "bigint", "is_foreign": "boolean", "is_protected": "boolean", "insured_elsewhere": "boolean",
}  # fmt: skip
STAGED = {
    "line": "bigint", "lines": "bigint[]", "addressee_number": "text", "history_serial": "bigint",
    **{name: _TYPES.get(name, "text") for name in (*CONTENT, *DERIVED)},
    "lookup": "bytea", "wrapped": "bytea", "sealed": "bytea",
}  # fmt: skip
MEMBERSHIP = {
    "addressee_number": "text", "household_number": "text", "relationship": "text", "lower": "date", "upper": "date",
}  # fmt: skip


class Segment(NamedTuple):
    """A stretch of days in one household; `upper` is not included, None is open."""

    household_number: str
    relationship: str
    lower: date
    upper: date | None


def store_residents(work: Work, about: About, chunks: Iterator[Chunk], stage: Stage) -> Counts:
    """住民記録: the latest version of each person, the households over time, the sealed individual number.

    Several versions of a person come together, ordered by history serial (履歴番号). Refuses unknown wards, repeated
    rows, versions older than the stored one (in a file of changes), and an individual number of somebody else.
    Then derives the insured periods of everybody whose facts changed, as of the day of the file.
    """
    staging_table(connection, "incoming_resident", STAGED)
    staging_table(connection, "incoming_membership", MEMBERSHIP)
    staged = Staging(work, about)
    staged.take(chunks)
    _judge(about)
    refused = staged.refused + _refuse(work)
    _write_residents()
    _write_memberships()
    _write_numbers()
    unchanged = one("SELECT coalesce(sum(cardinality(lines)), 0) FROM judged_resident WHERE verdict = 'same'")
    stored = one("SELECT coalesce(sum(cardinality(lines)), 0) FROM judged_resident WHERE verdict IN ('new', 'changed')")
    derive(
        "SELECT resident_id FROM judged_resident WHERE verdict IN ('new', 'changed')",
        as_of=about.created_on,
    )
    return Counts(stored, unchanged, refused)


class Staging:
    """Turns the rows of the file into one staged row a person and the stretches of households."""

    def __init__(self, work: Work, about: About) -> None:
        self._work = work
        self._at = about.index
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
                memberships += [(number, *segment) for segment in segments(good, self._at)]
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
            row[at["status"]], name, kana_text, row[at["alias"]], row[at["birth_date"]], row[at["sex"]],
            self._offices[row[at["ward_code"]]], row[at["ward_code"]], row[at["postal_code"]], row[at["town"]],
            row[at["lot"]], row[at["building"]], row[at["phone"]], row[at["resident_from"]], row[at["resident_until"]],
            row[at["previous_municipality"]], row[at["taken_over_on"]], row[at["nationality"]] == "2",
            row[at["protected"]] == "1", row[at["elsewhere"]] == "1", row[at["elsewhere_insurer_number"]],
            kana.name_key(name), kana.search_key(kana_text),
            self._ring.lookup(individual_number, "individual_number"),
            self._ring.wrap(key, f"person:{number}"),
            crypto.seal(key, individual_number.encode(), f"individual_number:{number}"),
        )  # fmt: skip


def segments(versions: Chunk, at: dict[str, int]) -> list[Segment]:
    """世帯の期間 of one person from the versions of the entry, in the order of their history serials.

    Each version holds from its day on and replaces what an earlier one said about that day and later; leaving
    (転出・死亡) ends the last stretch the day after, or the same day when another municipality took over on it.
    """
    found: list[Segment] = []
    for _, row in sorted(versions, key=lambda version: version[1][at["history_serial"]]):
        begin = row[at["event_on"]] if found else min(row[at["event_on"]], row[at["resident_from"]])
        found = [segment for segment in found if segment.lower < begin]
        here = row[at["household_number"]], row[at["relationship"]]
        if found and found[-1][:2] == here:
            begin = found.pop().lower
        elif found:
            found[-1] = found[-1]._replace(upper=begin)
        found.append(Segment(*here, begin, _leaves(row, at)))
    return [segment for segment in found if segment.upper is None or segment.lower < segment.upper]


def _leaves(row: tuple[Any, ...], at: dict[str, int]) -> date | None:
    until: date | None = row[at["resident_until"]]
    if until is None:
        return None
    return until if row[at["taken_over_on"]] == until else until + DAY


def _judge(about: About) -> None:
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
            WHEN s.history_serial < r.history_serial THEN CASE WHEN %s THEN 'same' ELSE 'stale-row' END
            WHEN ({content}) IS NOT DISTINCT FROM ({stored}) AND n.lookup IS NOT DISTINCT FROM s.lookup
                AND s.history_serial = r.history_serial THEN 'same'
            WHEN s.history_serial = r.history_serial THEN 'stale-row'
            ELSE 'changed' END AS verdict
        FROM (SELECT *, row_number() OVER (PARTITION BY addressee_number ORDER BY line) AS nth,
                        row_number() OVER (PARTITION BY lookup ORDER BY line) AS number_nth
              FROM incoming_resident) s
        LEFT JOIN eligibility_resident r USING (addressee_number)
        LEFT JOIN eligibility_individualnumber n ON n.lookup = s.lookup
        """,  # noqa: S608 - column names from this module
        [about.is_full],
    )


def _refuse(work: Work) -> int:
    return refuse_in_sql(
        work,
        """
        SELECT unnest(lines) AS line, addressee_number,
            CASE verdict WHEN 'number-in-use' THEN '個人番号' WHEN 'stale-row' THEN '履歴番号' ELSE '宛名番号' END, verdict,
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
    """Replace what is stored from the first incoming day on; earlier stretches stay."""
    run(
        """
        CREATE TEMPORARY TABLE written_membership ON COMMIT DROP AS
        SELECT j.resident_id, m.household_number, m.relationship, daterange(m.lower, m.upper) AS period,
            min(m.lower) OVER (PARTITION BY j.resident_id) AS since, j.verdict
        FROM incoming_membership m JOIN judged_resident j USING (addressee_number)
        WHERE j.verdict IN ('new', 'changed')
        """
    )
    run(
        """
        DELETE FROM eligibility_householdmembership h USING (SELECT DISTINCT resident_id, since FROM written_membership
            WHERE verdict = 'changed') w WHERE h.resident_id = w.resident_id AND lower(h.period) >= w.since
        """
    )
    run(
        """
        UPDATE eligibility_householdmembership h SET period = daterange(lower(h.period), w.since)
        FROM (SELECT DISTINCT resident_id, since FROM written_membership WHERE verdict = 'changed') w
        WHERE h.resident_id = w.resident_id AND (upper(h.period) IS NULL OR upper(h.period) > w.since)
        """
    )
    run(
        """
        INSERT INTO eligibility_householdmembership (resident_id, household_number, relationship, period)
        SELECT resident_id, household_number, relationship, period FROM written_membership ORDER BY resident_id, period
        """
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

"""Taking in the resident register (住民記録): residents, versions, households, numbers, then insured periods."""

from collections.abc import Iterator

from django.db import connection

from audit.intake import About, Chunk, Counts, one, refuse_in_sql, run
from audit.jobs import Work
from eligibility import search_keys
from eligibility.insurance import derive
from eligibility.staging import CONTENT, DERIVED, KEYS, VERSION, Rows, Staging, collect, copy_derived
from eligibility.versions import Version
from kaigo.common import crypto
from kaigo.common.copying import stream

AFFECTED = 5_000  # persons between two writes


def store_residents(work: Work, about: About, chunks: Iterator[Chunk]) -> Counts:
    """住民記録: every version of a person's entry, whenever it arrives, and what follows from all of them together.

    Versions of one person come together in a file, but files may come in any order and more than once: the version
    with the highest serial (履歴番号) is the present state, and stays and households follow from all of them. Refuses
    unknown wards, repeated rows, another content under a known serial, and an individual number of somebody else.
    Then derives the insured periods of everybody of whom something new is known, as of the day of the file, and
    what they are found by (検索の手がかり).
    """
    staged = Staging(work, about)
    staged.take(chunks)
    _judge()
    refused = staged.refused + _refuse(work)
    _write_residents()
    _write_versions()
    _derive_again()
    _write_residences()
    _write_elsewhere()
    _write_memberships()
    _write_numbers()
    _write_codes()
    unchanged = one("SELECT count(*) FROM judged_version WHERE verdict = 'same'")
    stored = one("SELECT count(*) FROM judged_version WHERE verdict = 'new'")
    changed = "SELECT DISTINCT resident_id FROM judged_version WHERE verdict = 'new'"
    derived = derive(changed, as_of=about.created_on)
    search_keys.refresh(changed)
    work.issues(derived.contradictions)
    return Counts(stored, unchanged, refused)


def _judge() -> None:
    """What becomes of each person (new, changed, known, or a refusal) and of each version (new, same, or a refusal)."""
    run("ANALYZE incoming_resident")
    run("ANALYZE incoming_version")
    run(
        """
        CREATE TEMPORARY TABLE judged_resident ON COMMIT DROP AS
        SELECT s.*, r.id AS resident_id, CASE
            WHEN s.nth > 1 THEN 'duplicate-row'
            WHEN s.number_nth > 1 OR n.resident_id <> coalesce(r.id, 0) THEN 'number-in-use'
            WHEN r.id IS NULL THEN 'new'
            WHEN s.history_serial > r.history_serial THEN 'changed'
            ELSE 'known' END AS verdict,
            s.history_serial = r.history_serial AND n.lookup IS NULL AS other_number
        FROM (SELECT *, row_number() OVER (PARTITION BY addressee_number ORDER BY line) AS nth,
                        row_number() OVER (PARTITION BY lookup ORDER BY line) AS number_nth
              FROM incoming_resident) s
        LEFT JOIN eligibility_resident r USING (addressee_number)
        LEFT JOIN eligibility_individualnumber n ON n.lookup = s.lookup
        """
    )
    run("ANALYZE judged_resident")
    run(
        """
        CREATE TEMPORARY TABLE judged_version ON COMMIT DROP AS
        SELECT v.*, j.resident_id, CASE
            WHEN j.verdict IN ('duplicate-row', 'number-in-use') THEN j.verdict
            WHEN k.digest IS NULL THEN 'new'
            WHEN k.digest = v.digest AND NOT (j.other_number AND v.history_serial = j.history_serial) THEN 'same'
            ELSE 'stale-row' END AS verdict
        FROM incoming_version v JOIN judged_resident j ON j.line = v.person
        LEFT JOIN eligibility_residentversion k
            ON k.resident_id = j.resident_id AND k.history_serial = v.history_serial
        """
    )
    run("ANALYZE judged_version")


def _refuse(work: Work) -> int:
    return refuse_in_sql(
        work,
        """
        SELECT line, addressee_number,
            CASE verdict WHEN 'number-in-use' THEN '個人番号' WHEN 'stale-row' THEN '履歴番号' ELSE '宛名番号' END,
            verdict,
            CASE verdict
                WHEN 'number-in-use' THEN 'この個人番号は、別の宛名番号の人に登録されています。'
                WHEN 'stale-row' THEN '同じ履歴番号の行を登録済みですが、内容が違います。'
                ELSE '同じ人の行が、このファイルの離れた行にもあります。' END,
            CASE verdict
                WHEN 'number-in-use' THEN '二人の個人番号と宛名番号を提供元に確かめてください。'
                WHEN 'stale-row' THEN '提供元に履歴の順番を確かめ、新しい履歴番号の行を受け取ってください。'
                ELSE '先の行を使いました。提供元に、どちらが正しいか確かめてください。' END
        FROM judged_version WHERE verdict NOT IN ('new', 'same') ORDER BY 1
        """,
    )


def _write_residents() -> None:
    """Persons who are new, and the present state of those of whom a later version has come."""
    columns = ("history_serial", *CONTENT, *KEYS)
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
        """
        UPDATE judged_version v SET resident_id = j.resident_id FROM judged_resident j
        WHERE j.verdict = 'new' AND j.line = v.person
        """
    )
    run(
        f"""
        UPDATE eligibility_resident r SET row_version = r.row_version + 1,
            {", ".join(f"{name} = j.{name}" for name in columns)}
        FROM judged_resident j WHERE j.verdict = 'changed' AND r.id = j.resident_id
        """  # noqa: S608 - column names from this module
    )


def _write_versions() -> None:
    names = ", ".join(VERSION)
    run(
        f"""
        INSERT INTO eligibility_residentversion (resident_id, {names})
        SELECT resident_id, {names} FROM judged_version WHERE verdict = 'new' ORDER BY resident_id, history_serial
        """  # noqa: S608 - column names from this module
    )


def _derive_again() -> None:
    """Of persons who were known before, what follows from all versions takes the place of what the file alone says."""
    run(
        """
        CREATE TEMPORARY TABLE affected_resident ON COMMIT DROP AS
        SELECT DISTINCT j.line AS person, j.resident_id, j.verdict = 'new' AS is_new
        FROM judged_resident j JOIN judged_version v ON v.person = j.line WHERE v.verdict = 'new'
        """
    )
    run("ANALYZE affected_resident")
    for table in DERIVED:
        run(
            f"""DELETE FROM {table} d WHERE NOT EXISTS (
                SELECT 1 FROM affected_resident a WHERE a.person = d.person AND a.is_new)"""  # noqa: S608
        )
    fields = ", ".join(f"v.{name}" for name in Version._fields)
    derived: dict[str, Rows] = {table: [] for table in DERIVED}
    person, known = 0, list[Version]()
    query = f"""SELECT a.person, {fields} FROM affected_resident a
                JOIN eligibility_residentversion v USING (resident_id) WHERE NOT a.is_new
                ORDER BY a.resident_id"""  # noqa: S608 - column names of this room
    for following, *version in stream(connection, query):
        if following != person and known:
            collect(derived, person, known)
            known = []
            derived = _flushed(derived)
        person = following
        known.append(Version(*version))
    if known:
        collect(derived, person, known)
    copy_derived(derived)
    for table in DERIVED:
        run(f"ALTER TABLE {table} ADD COLUMN resident_id bigint")
        run(
            f"""UPDATE {table} d SET resident_id = a.resident_id FROM affected_resident a
                WHERE a.person = d.person"""  # noqa: S608 - tables of this module
        )
        run(f"CREATE INDEX ON {table} (resident_id)")
        run(f"ANALYZE {table}")


def _flushed(derived: dict[str, Rows]) -> dict[str, Rows]:
    if len(derived["incoming_residence"]) < AFFECTED:
        return derived
    copy_derived(derived)
    return {table: [] for table in DERIVED}


def _write_residences() -> None:
    """Stays are known by their first day; those from before the first known version stay as they are."""
    _put_in_line(
        "eligibility_residence", "incoming_residence", "begun_on", ("begin", "ended_on", '"end"', "taken_over_on")
    )


def _write_elsewhere() -> None:
    _put_in_line("eligibility_elsewhereperiod", "incoming_elsewhere", "begun_on", ("until", "insurer_number"))


def _put_in_line(table: str, incoming: str, key: str, values: tuple[str, ...]) -> None:
    """Make the rows of the affected persons what follows from their versions; a row that stays keeps its identity."""
    names = ", ".join(values)
    held, known = (", ".join(f"{alias}.{name}" for name in values) for alias in "td")
    run(
        f"""
        DELETE FROM {table} t USING affected_resident a
        WHERE t.resident_id = a.resident_id AND NOT a.is_new
            AND t.{key} >= (SELECT min(d.begun_on) FROM incoming_residence d WHERE d.resident_id = a.resident_id)
            AND NOT EXISTS (SELECT 1 FROM {incoming} d WHERE d.resident_id = t.resident_id AND d.{key} = t.{key})
        """  # noqa: S608 - names of this module
    )
    run(
        f"""
        UPDATE {table} t SET {", ".join(f"{name} = d.{name}" for name in values)} FROM {incoming} d
        WHERE t.resident_id = d.resident_id AND t.{key} = d.{key}
            AND ({held}) IS DISTINCT FROM ({known})
        """  # noqa: S608 - names of this module
    )
    run(
        f"""
        INSERT INTO {table} (resident_id, {key}, {names}) SELECT d.resident_id, d.{key}, {names} FROM {incoming} d
        WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.resident_id = d.resident_id AND t.{key} = d.{key})
        ORDER BY d.resident_id, d.{key}
        """  # noqa: S608 - names of this module
    )


SAME_STRETCH = """
    d.resident_id = h.resident_id AND d.lower = lower(h.period)
    AND (d.household_number, d.relationship) = (h.household_number, h.relationship)
"""


def _write_memberships() -> None:
    """Households in line with all versions; what was known of the time before the first version stays.

    A stretch is known by its first day and household: one that stays keeps its identity. What has gone makes room
    first, then what becomes shorter, then what becomes longer.
    """
    run(
        f"""
        DELETE FROM eligibility_householdmembership h
        USING (SELECT resident_id, min(lower) AS day FROM incoming_membership GROUP BY resident_id) f
        WHERE h.resident_id = f.resident_id AND lower(h.period) >= f.day
            AND NOT EXISTS (SELECT 1 FROM incoming_membership d WHERE {SAME_STRETCH})
        """  # noqa: S608 - a constant of this module
    )
    run(
        """
        UPDATE eligibility_householdmembership h SET period = daterange(lower(h.period), f.day)
        FROM (SELECT resident_id, min(lower) AS day FROM incoming_membership GROUP BY resident_id) f
        WHERE h.resident_id = f.resident_id AND lower(h.period) < f.day
            AND (upper(h.period) IS NULL OR upper(h.period) > f.day)
        """
    )
    for shorter in ("<", ">"):
        run(
            f"""
            UPDATE eligibility_householdmembership h SET period = daterange(d.lower, d.upper) FROM incoming_membership d
            WHERE {SAME_STRETCH}
                AND coalesce(d.upper, 'infinity') {shorter} coalesce(upper(h.period), 'infinity')
            """  # noqa: S608 - constants of this module
        )
    run(
        f"""
        INSERT INTO eligibility_householdmembership (resident_id, household_number, relationship, period)
        SELECT resident_id, household_number, relationship, daterange(lower, upper) FROM incoming_membership d
        WHERE NOT EXISTS (SELECT 1 FROM eligibility_householdmembership h WHERE {SAME_STRETCH})
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


def _write_codes() -> None:
    """住民票コード: of new persons under their new key; of somebody known under the key that is held."""
    run(
        """
        INSERT INTO eligibility_residentcode (resident_id, sealed)
        SELECT resident_id, code_sealed FROM judged_resident
        WHERE verdict = 'new' AND code_sealed IS NOT NULL ORDER BY resident_id
        """
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT j.resident_id, j.addressee_number, j.code_sealed, j.wrapped, k.wrapped
            FROM judged_resident j JOIN eligibility_personkey k USING (resident_id)
            WHERE j.verdict = 'changed' AND j.code_sealed IS NOT NULL
            """
        )
        for resident_id, number, sealed, incoming, held in cursor.fetchall():
            context = f"resident_code:{number}"
            plain = crypto.unseal(crypto.ring().unwrap(incoming, f"person:{number}"), sealed, context)
            anew = crypto.seal(crypto.ring().unwrap(held, f"person:{number}"), plain, context)
            cursor.execute(
                """INSERT INTO eligibility_residentcode (resident_id, sealed) VALUES (%s, %s)
                   ON CONFLICT (resident_id) DO UPDATE SET sealed = excluded.sealed""",
                [resident_id, anew],
            )

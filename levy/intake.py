"""Taking in what decides a premium: tax records, public assistance, pensions. Set-based, one statement a step."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from audit.intake import About, Chunk, Counts, lines_of, one, refuse_in_sql, run
from audit.jobs import Work
from kaigo.common import crypto
from kaigo.common.copying import copy_rows, staging_table

REFUSALS = {
    "unknown-person": (
        "宛名番号",
        "宛名番号の人が住民として登録されていません。",
        "住民記録の取込みで受け付けなかった行がないか確かめ、その人を登録してから次のファイルで受け取ってください。",
    ),
    "duplicate-row": (
        "宛名番号",
        "同じ人の同じ内容の行が、このファイルの前の行にもあります。",
        "先の行を使いました。提供元に、どちらが正しいか確かめてください。",
    ),
    "stale-row": (
        "履歴番号",
        "税情報の履歴番号が、登録済みのものより古くなっています。",
        "提供元に順番を確かめてください。",
    ),
    "same-day-row": (
        "宛名番号",
        "同じ日に作成されたファイルの情報が登録済みで、内容が違います。",
        "どちらが正しいか提供元に確かめ、翌日以降に作成したファイルで受け取ってください。",
    ),
    "overlap": (
        "開始年月日",
        "同じ種別の別の期間と重なっています。",
        "前の期間の廃止年月日を確かめ、訂正した行を受け取ってください。",
    ),
}
"""Why a row is refused: by code, the column, the reason and the remedy."""

TAX_COLUMNS = (
    "addressee_number", "fiscal_year", "history_serial", "event_on", "status", "per_capita_levy", "income_levy",
    "total_income", "salary_revenue", "salary_income", "pension_revenue", "pension_income", "other_income",
    "long_term_special_deduction", "short_term_special_deduction", "dependents", "exempt_category",
)  # fmt: skip
TAX_AMOUNTS = TAX_COLUMNS[5:15]
_TAX_TYPES = {"addressee_number": "text", "event_on": "date", "status": "text", "exempt_category": "text"}

# The content of a tax record, compared to find out whether a row brings anything new.
_TAX_CONTENT = ("event_on", "status", *TAX_AMOUNTS, "dependents", "exempt_category = '1'")
_TAX_STORED = ("changed_on", "status", *TAX_AMOUNTS, "dependents", "exempt_category")


def store_tax(work: Work, about: About, chunks: Iterator[Chunk]) -> Counts:
    """税情報: append a version for each person and year whose record is new or changed.

    Refuses a second row of the same person and year, unknown persons, and a history serial lower than the stored one.
    """
    types = {"line": "bigint"} | {name: _TAX_TYPES.get(name, "bigint") for name in TAX_COLUMNS}
    staging_table(connection, "incoming_tax", types)
    places = [about.columns[name] for name in TAX_COLUMNS]
    for chunk in chunks:
        copy_rows(connection, "incoming_tax", list(types), lines_of(iter([chunk]), places))
    _judge_tax(about)
    refused = _refuse_judged(work, "judged_tax")
    stored = run(
        f"""
        INSERT INTO levy_taxrecord (resident_id, fiscal_year, received_on, history_serial, changed_on, status,
            {", ".join(TAX_AMOUNTS)}, dependents, exempt_category, job_id)
        SELECT resident_id, fiscal_year, %s, history_serial, event_on, status,
            {", ".join(TAX_AMOUNTS)}, dependents, exempt_category = '1', %s
        FROM judged_tax WHERE verdict = 'new' ORDER BY resident_id
        """,  # noqa: S608 - column names from this module
        [about.created_on, work.job.pk],
    )
    return Counts(stored, one("SELECT count(*) FROM judged_tax WHERE verdict = 'same'"), refused)


def _judge_tax(about: About) -> None:
    content = ", ".join(f"s.{name}" for name in _TAX_CONTENT)
    stored = ", ".join(f"t.{name}" for name in _TAX_STORED)
    run("ANALYZE incoming_tax")
    run(
        f"""
        CREATE TEMPORARY TABLE judged_tax ON COMMIT DROP AS
        SELECT s.*, r.id AS resident_id, CASE
            WHEN s.nth > 1 THEN 'duplicate-row'
            WHEN r.id IS NULL THEN 'unknown-person'
            WHEN t.id IS NULL THEN 'new'
            WHEN s.history_serial < t.history_serial THEN 'stale-row'
            WHEN ({content}) IS NOT DISTINCT FROM ({stored}) THEN 'same'
            WHEN t.received_on >= %s THEN 'same-day-row'
            ELSE 'new' END AS verdict
        FROM (SELECT *, row_number() OVER (PARTITION BY addressee_number, fiscal_year ORDER BY line) AS nth
              FROM incoming_tax) s
        LEFT JOIN eligibility_resident r USING (addressee_number)
        LEFT JOIN (SELECT DISTINCT ON (fiscal_year, resident_id) * FROM levy_taxrecord
                   WHERE fiscal_year IN (SELECT fiscal_year FROM incoming_tax)
                   ORDER BY fiscal_year, resident_id, received_on DESC, id DESC) t
            ON t.fiscal_year = s.fiscal_year AND t.resident_id = r.id
        """,  # noqa: S608 - column names from this module
        [about.created_on],
    )


def _refuse_judged(work: Work, table: str) -> int:
    """Store an issue for every row that was judged with the code of a refusal; says how many."""
    return refuse_in_sql(
        work,
        f"""
        SELECT j.line, j.addressee_number, r.field, r.code, r.message, r.remedy
        FROM {table} j JOIN (VALUES {", ".join(["(%s, %s, %s, %s)"] * len(REFUSALS))})
            AS r (code, field, message, remedy) ON r.code = j.verdict
        ORDER BY j.line
        """,  # noqa: S608 - the table is one of this module's
        [text for code, reason in REFUSALS.items() for text in (code, *reason)],
    )


def store_assistance(work: Work, about: About, chunks: Iterator[Chunk]) -> Counts:
    """生活保護等: periods by (person, kind, start). A full file closes nothing by silence: ends are told."""
    types = {
        "line": "bigint", "addressee_number": "text", "kind": "text", "started_on": "date", "ended_on": "date",
        "border_tier": "smallint", "case_number": "text",
    }  # fmt: skip
    staging_table(connection, "incoming_assistance", types)
    places = [about.columns[name] for name in list(types)[1:]]
    for chunk in chunks:
        copy_rows(connection, "incoming_assistance", list(types), lines_of(iter([chunk]), places))
    _judge_assistance()
    refused = _refuse_judged(work, "judged_assistance")
    # what gives days up makes room for what takes them
    stored = sum(
        run(CHANGE_ASSISTANCE + which) for which in (" AND j.period <@ a.period", " AND NOT j.period <@ a.period")
    )
    stored += run(
        """INSERT INTO levy_assistanceperiod (resident_id, kind, period, border_tier, case_number)
           SELECT resident_id, kind, period, border_tier, case_number FROM judged_assistance
           WHERE verdict = 'new' ORDER BY line"""
    )
    return Counts(stored, one("SELECT count(*) FROM judged_assistance WHERE verdict = 'same'"), refused)


CHANGE_ASSISTANCE = """
    UPDATE levy_assistanceperiod a SET period = j.period, border_tier = j.border_tier, case_number = j.case_number
    FROM judged_assistance j
    WHERE j.verdict = 'changed' AND a.id = j.stored_id
        AND (a.period, a.border_tier, a.case_number) IS DISTINCT FROM (j.period, j.border_tier, j.case_number)
"""


def _judge_assistance() -> None:
    run(
        """
        CREATE TEMPORARY TABLE judged_assistance ON COMMIT DROP AS
        SELECT s.*, r.id AS resident_id, a.id AS stored_id, CASE
            WHEN s.nth > 1 THEN 'duplicate-row'
            WHEN r.id IS NULL THEN 'unknown-person'
            WHEN a.id IS NULL THEN 'new'
            WHEN (a.period, a.border_tier, a.case_number) IS NOT DISTINCT FROM (s.period, s.border_tier, s.case_number)
                THEN 'same'
            ELSE 'changed' END AS verdict
        FROM (SELECT *, daterange(started_on, ended_on + 1) AS period,
                row_number() OVER (PARTITION BY addressee_number, kind, started_on ORDER BY line) AS nth
              FROM incoming_assistance) s
        LEFT JOIN eligibility_resident r USING (addressee_number)
        LEFT JOIN levy_assistanceperiod a
            ON a.resident_id = r.id AND a.kind = s.kind AND lower(a.period) = s.started_on
        """
    )
    # a refused change leaves the stored period as it was, which may be in the way of another row: until it is quiet
    while run(REFUSE_OVERLAPS):
        pass


REFUSE_OVERLAPS = """
    UPDATE judged_assistance j SET verdict = 'overlap'
    WHERE j.verdict IN ('new', 'changed') AND (
        EXISTS (SELECT 1 FROM levy_assistanceperiod o
            WHERE o.resident_id = j.resident_id AND o.kind = j.kind AND o.period && j.period
                AND o.id IS DISTINCT FROM j.stored_id
                AND NOT EXISTS (SELECT 1 FROM judged_assistance c WHERE c.stored_id = o.id AND c.verdict = 'changed'))
        OR EXISTS (SELECT 1 FROM judged_assistance e
            WHERE e.verdict IN ('new', 'changed') AND e.resident_id = j.resident_id AND e.kind = j.kind
                AND e.period && j.period AND (e.started_on, e.line) < (j.started_on, j.line)))
"""


PENSION_COLUMNS = {
    "line": "bigint", "addressee_number": "text", "pension_code": "text", "old_age_welfare_pension": "text",
    "yearly_amount": "bigint", "obligor_code": "text", "withholding_state": "text", "withholding_from": "text",
    "last_february_amount": "bigint", "lookup": "bytea",
}  # fmt: skip
_PENSION_CONTENT = (
    "pension_code",
    "yearly_amount",
    "obligor_code",
    "withholding_state",
    "withholding_from",
    "last_february_amount",
)


def store_pensions(work: Work, about: About, chunks: Iterator[Chunk]) -> Counts:
    """年金情報: one row a person and fiscal year, the basic pension number sealed under the person's data key."""
    fiscal_year = about.created_on.year - (about.created_on.month < 4)
    staging_table(connection, "incoming_pension", PENSION_COLUMNS | {"number": "bytea"})
    transient = crypto.new_data_key()
    _stage_pensions(about, chunks, transient)
    content = ", ".join(f"s.{name}" for name in _PENSION_CONTENT)
    stored = ", ".join(f"p.{name}" for name in _PENSION_CONTENT)
    run(
        f"""
        CREATE TEMPORARY TABLE judged_pension ON COMMIT DROP AS
        SELECT s.*, r.id AS resident_id, p.id AS stored_id, CASE
            WHEN s.nth > 1 THEN 'duplicate-row'
            WHEN r.id IS NULL THEN 'unknown-person'
            WHEN p.id IS NULL THEN 'new'
            WHEN ({content}, s.old_age_welfare_pension = '1', s.lookup)
                IS NOT DISTINCT FROM ({stored}, p.old_age_welfare_pension, p.basic_pension_lookup) THEN 'same'
            ELSE 'changed' END AS verdict
        FROM (SELECT *, row_number() OVER (PARTITION BY addressee_number ORDER BY line) AS nth FROM incoming_pension) s
        LEFT JOIN eligibility_resident r USING (addressee_number)
        LEFT JOIN levy_pensionrecord p ON p.resident_id = r.id AND p.fiscal_year = %s
        """,  # noqa: S608 - column names from this module
        [fiscal_year],
    )
    refused = _refuse_judged(work, "judged_pension")
    _seal_pensions(transient)
    written = _write_pensions(fiscal_year, about)
    return Counts(written, one("SELECT count(*) FROM judged_pension WHERE verdict = 'same'"), refused)


def _stage_pensions(about: About, chunks: Iterator[Chunk], transient: bytes) -> None:
    """Until the person's key is known the number waits in a temporary table, sealed under a key of this run only."""
    ring = crypto.ring()
    names = [name for name in PENSION_COLUMNS if name not in ("line", "lookup")]
    places = [about.columns[name] for name in names]
    number = about.columns["basic_pension_number"]
    for chunk in chunks:
        copy_rows(
            connection,
            "incoming_pension",
            ["line", *names, "lookup", "number"],
            (
                (
                    line,
                    *(row[p] for p in places),
                    ring.lookup(row[number], "basic_pension_number"),
                    crypto.seal(transient, row[number].encode(), "waiting"),
                )
                for line, row in chunk
            ),
        )


def _seal_pensions(transient: bytes) -> None:
    ring = crypto.ring()
    staging_table(connection, "sealed_pension", {"resident_id": "bigint", "sealed": "bytea"})
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT j.resident_id, j.addressee_number, j.number, k.wrapped FROM judged_pension j
               JOIN eligibility_personkey k ON k.resident_id = j.resident_id WHERE j.verdict IN ('new', 'changed')"""
        )
        while rows := cursor.fetchmany(5_000):
            copy_rows(
                connection, "sealed_pension", ["resident_id", "sealed"], [_sealed(ring, transient, row) for row in rows]
            )


def _sealed(ring: crypto.KeyRing, transient: bytes, row: tuple[Any, ...]) -> tuple[int, bytes]:
    resident_id, addressee_number, waiting, wrapped = row
    key = ring.unwrap(wrapped, f"person:{addressee_number}")
    number = crypto.unseal(transient, waiting, "waiting")
    return resident_id, crypto.seal(key, number, f"basic_pension_number:{addressee_number}")


def _write_pensions(fiscal_year: int, about: About) -> int:
    columns = ("basic_pension_lookup", *_PENSION_CONTENT)
    values = ("j.lookup", *(f"j.{name}" for name in _PENSION_CONTENT))
    inserted = run(
        f"""
        INSERT INTO levy_pensionrecord (resident_id, fiscal_year, received_on, basic_pension_number,
            old_age_welfare_pension, {", ".join(columns)})
        SELECT j.resident_id, %s, %s, s.sealed, j.old_age_welfare_pension = '1', {", ".join(values)}
        FROM judged_pension j JOIN sealed_pension s USING (resident_id) WHERE j.verdict = 'new' ORDER BY j.line
        """,  # noqa: S608 - column names from this module
        [fiscal_year, about.created_on],
    )
    updates = ", ".join(f"{column} = {value}" for column, value in zip(columns, values, strict=True))
    changed = run(
        f"""
        UPDATE levy_pensionrecord p SET received_on = %s, basic_pension_number = s.sealed,
            old_age_welfare_pension = j.old_age_welfare_pension = '1', {updates}
        FROM judged_pension j JOIN sealed_pension s USING (resident_id)
        WHERE j.verdict = 'changed' AND p.id = j.stored_id
        """,  # noqa: S608 - column names from this module
        [about.created_on],
    )
    return inserted + changed

"""Staging of the resident register (住民記録): from the rows of a file to one staged row a person and its versions."""

import hashlib
import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import connection

from audit.intake import About, Chunk
from audit.jobs import Issue, Work
from audit.models import Office
from eligibility import versions
from kaigo.common import clock, crypto, kana
from kaigo.common.copying import copy_rows, staging_table

# What is stored as the register says it.
PLAIN = (
    "alias_kana", "name_in_use", "latin_name", "joint_name", "town_code", "district_code", "building_kana",
    "residence_status", "residence_term", "residence_from", "residence_until",
)  # fmt: skip
# The columns of a resident that the register fills, in the order in which they are staged.
CONTENT = (
    "status", "name", "kana", "alias", "birth_date", "sex", "office_id", "ward_code", "postal_code", "town", "lot",
    "building", "phone", "resident_from", "resident_until", "previous_municipality", "taken_over_on", "is_foreign",
    "is_protected", "insured_elsewhere", "elsewhere_insurer_number", *PLAIN,
)  # fmt: skip
KEYS = ("name_key", "kana_key")
KEY = 255  # characters of a search key
# The columns of a version that are kept (ResidentVersion).
VERSION = (
    "history_serial", "event", "event_on", "reported_on", "received_at", "status", "household_number", "relationship",
    "name", "kana", "alias", "ward_code", "town", "lot", "building", "resident_from", "resident_until",
    "taken_over_on", "previous_municipality", "insured_elsewhere", "elsewhere_insurer_number", "digest",
)  # fmt: skip
_TYPES = {
    "birth_date": "date", "resident_from": "date", "resident_until": "date", "taken_over_on": "date",
    "event_on": "date", "reported_on": "date", "office_id": "bigint", "is_foreign": "boolean",
    "is_protected": "boolean", "insured_elsewhere": "boolean", "history_serial": "bigint",
    "residence_from": "date", "residence_until": "date", "received_at": "timestamptz", "digest": "bytea",
}  # fmt: skip
STAGED = {
    "line": "bigint", "addressee_number": "text", "history_serial": "bigint",
    **{name: _TYPES.get(name, "text") for name in (*CONTENT, *KEYS)},
    "lookup": "bytea", "wrapped": "bytea", "sealed": "bytea", "code_sealed": "bytea",
}  # fmt: skip
STAGED_VERSION = {
    "person": "bigint", "line": "bigint", "addressee_number": "text",
    **{name: _TYPES.get(name, "text") for name in VERSION},
}  # fmt: skip
DERIVED = {
    "incoming_membership": {"household_number": "text", "relationship": "text", "lower": "date", "upper": "date"},
    "incoming_residence": {
        "begun_on": "date", "ended_on": "date", "end": "text", "taken_over_on": "date", "begin": "text",
    },
    "incoming_elsewhere": {"begun_on": "date", "until": "date", "insurer_number": "text"},
}  # fmt: skip
"""What follows from the versions of a person; `person` is the first line of the person's rows in the file."""

Rows = list[tuple[Any, ...]]


class Staging:
    """Turns the rows of the file into staged persons, staged versions, and what follows from the versions."""

    def __init__(self, work: Work, about: About) -> None:
        self._work = work
        self._at = about.columns
        self._ring = crypto.ring()
        self._offices = dict(Office.objects.exclude(ward_code="").values_list("ward_code", "id"))
        self._now = clock.now()
        self.refused = 0
        staging_table(connection, "incoming_resident", STAGED)
        staging_table(connection, "incoming_version", STAGED_VERSION)
        for table, columns in DERIVED.items():
            staging_table(connection, table, {"person": "bigint", **columns})

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
        people: Rows = []
        entries: Rows = []
        derived: dict[str, Rows] = {table: [] for table in DERIVED}
        for number, group in groupby(rows, key=lambda row: row[1][0]):
            good = list(self._usable(list(group), issues))
            if good:
                first = min(line for line, _ in good)
                people.append(self._person(first, number, good))
                entries += [self._entry(first, line, row) for line, row in good]
                collect(derived, first, [self._version(row) for _, row in good])
        copy_rows(connection, "incoming_resident", list(STAGED), people)
        copy_rows(connection, "incoming_version", list(STAGED_VERSION), entries)
        copy_derived(derived)
        self.refused += self._work.issues(issues)

    def _usable(self, rows: Chunk, issues: list[Issue]) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """The versions of one person that can be used, each serial once, in order."""
        seen: set[int] = set()
        for line, row in rows:
            serial = row[self._at["history_serial"]]
            if row[self._at["ward_code"]] not in self._offices:
                issues.append(_unknown_ward(line, row[0]))
            elif serial in seen:
                issues.append(_repeated(line, row[0]))
            else:
                seen.add(serial)
                yield line, row

    def _version(self, row: tuple[Any, ...]) -> versions.Version:
        at = self._at
        return versions.Version(
            row[at["history_serial"]], row[at["event"]], row[at["event_on"]], row[at["status"]],
            row[at["household_number"]], row[at["relationship"]], row[at["resident_from"]], row[at["resident_until"]],
            row[at["taken_over_on"]], row[at["elsewhere"]] == "1", row[at["elsewhere_insurer_number"]],
        )  # fmt: skip

    def _entry(self, person: int, line: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
        at = self._at
        return (
            person, line, row[0], row[at["history_serial"]], row[at["event"]], row[at["event_on"]],
            row[at["reported_on"]], self._now, row[at["status"]], row[at["household_number"]],
            row[at["relationship"]], row[at["name"]], kana.normalise(row[at["kana"]]), row[at["alias"]],
            row[at["ward_code"]], row[at["town"]], row[at["lot"]], row[at["building"]], row[at["resident_from"]],
            row[at["resident_until"]], row[at["taken_over_on"]], row[at["previous_municipality"]],
            row[at["elsewhere"]] == "1", row[at["elsewhere_insurer_number"]], self._digest(row),
        )  # fmt: skip

    def _digest(self, row: tuple[Any, ...]) -> bytes:
        """Of everything but the individual number, which is compared by its own keyed hash, and the 住民票コード."""
        secret = (self._at["individual_number"], self._at["resident_code"])
        content = [value for place, value in enumerate(row) if place not in secret]
        return hashlib.sha256(json.dumps(content, default=str, ensure_ascii=False).encode()).digest()

    def _person(self, first: int, number: str, rows: Chunk) -> tuple[Any, ...]:
        at = self._at
        _, row = max(rows, key=lambda entry: entry[1][at["history_serial"]])
        key = crypto.new_data_key()
        individual_number, code = row[at["individual_number"]], row[at["resident_code"]]
        name, kana_text = row[at["name"]], kana.normalise(row[at["kana"]])
        return (
            first, number, row[at["history_serial"]],
            row[at["status"]], name, kana_text, row[at["alias"]], row[at["birth_date"]], row[at["sex"]],
            self._offices[row[at["ward_code"]]], row[at["ward_code"]], row[at["postal_code"]], row[at["town"]],
            row[at["lot"]], row[at["building"]], row[at["phone"]], row[at["resident_from"]], row[at["resident_until"]],
            row[at["previous_municipality"]], row[at["taken_over_on"]], row[at["nationality"]] == "2",
            row[at["protected"]] == "1", row[at["elsewhere"]] == "1", row[at["elsewhere_insurer_number"]],
            *(row[at[name]] for name in PLAIN),
            kana.name_key(name)[:KEY], kana.search_key(kana_text)[:KEY],
            self._ring.lookup(individual_number, "individual_number"),
            self._ring.wrap(key, f"person:{number}"),
            crypto.seal(key, individual_number.encode(), f"individual_number:{number}"),
            crypto.seal(key, code.encode(), f"resident_code:{number}") if code else None,
        )  # fmt: skip


def collect(derived: dict[str, Rows], person: int, known: list[versions.Version]) -> None:
    """Add what follows from all known versions of a person to the rows of the three derived tables."""
    derived["incoming_membership"] += [(person, *segment) for segment in versions.segments(known)]
    derived["incoming_residence"] += [(person, *stay) for stay in versions.stays(known)]
    derived["incoming_elsewhere"] += [(person, *span) for span in versions.elsewhere(known)]


def copy_derived(derived: dict[str, Rows]) -> None:
    """COPY the rows of the derived tables to where they are staged."""
    for table, rows in derived.items():
        copy_rows(connection, table, ["person", *DERIVED[table]], rows)


def _unknown_ward(line: int, number: str) -> Issue:
    return Issue(
        line,
        number,
        "区コード",
        "unknown-ward",
        "この市にない区コードです。",
        "提供元に区コードを確かめ、訂正した行を受け取ってください。",
    )


def _repeated(line: int, number: str) -> Issue:
    return Issue(
        line,
        number,
        "履歴番号",
        "duplicate-row",
        "同じ人の同じ履歴番号の行が、このファイルの前の行にもあります。",
        "先の行を使いました。提供元に、どちらが正しいか確かめてください。",
    )

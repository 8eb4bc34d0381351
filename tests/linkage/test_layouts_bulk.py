"""Files larger than memory should be: streamed in and out, with the faults of the invented city found in them."""

import tracemalloc
from datetime import date
from itertools import islice

from linkage.counterparts.city import CityConfig, make_city
from linkage.layouts import RowIssue, get_layout, open_file, rows, write
from tests.linkage.layout_files import TODAY, golden, line

ROWS = 200_000
BOUND = 12 * 2**20  # bytes; the file is 20 MB, its rows as Python values 200 MB

# What the reader answers to each kind of fault that a row shows by itself. The other kinds (an unknown ward or
# person, a row twice) need what is stored and are found when it is.
ANSWERS = {
    "impossible_date": {"impossible-date"},
    "future_birth": {"birth-in-future"},
    "death_before_birth": {"death-before-birth"},
    "wrong_check_digit": {"check-digit"},
    "missing_kana": {"missing"},
    "missing_value": {"missing"},
    "unknown_code": {"unknown-code"},
    "too_long_name": {"too-long"},
    "negative_amount": {"negative-amount"},
    "not_a_number": {"not-amount"},
}


def big_file(folder):
    path = folder / "big.csv"
    tail = line("ZEI").split(",", 2)[2].replace("1250000", "{amount}")
    with path.open("w", encoding="utf-8", newline="") as target:
        target.write(f"H,ZEI,1,20260605,1,1,{ROWS}\r\n{','.join(get_layout('ZEI').columns)}\r\n")
        for number in range(ROWS):
            target.write(f"D,{number:015},{tail.format(amount=number)}\r\n")
        target.write(f"T,{ROWS}\r\n")
    return path


def peak(work):
    tracemalloc.start()
    try:
        result = work()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_reading_needs_no_more_memory_for_a_larger_file(tmp_path):
    path = big_file(tmp_path)

    def read():
        file = open_file(path, get_layout("ZEI"), today=TODAY)
        return sum(not isinstance(row, RowIssue) for row in rows(file, today=TODAY))

    good, memory = peak(read)
    assert good == ROWS
    assert memory < BOUND


def test_writing_needs_no_more_memory_for_a_larger_file(tmp_path):
    layout = get_layout("ZEI")
    [(_line, row)] = islice(rows(open_file(golden("ZEI"), layout, today=TODAY), today=TODAY), 1)
    many = ((f"{number:015}", *row[1:]) for number in range(50_000))
    options = {"created_on": TODAY, "serial": 1, "kind": "1", "allow_unverified": True}
    count, memory = peak(lambda: write(tmp_path / "out.csv", layout, many, **options))
    assert count == 50_000
    assert memory < BOUND


def test_the_wrong_rows_of_the_invented_city_are_found_and_no_others(tmp_path):
    manifest = make_city(CityConfig(400, faulty=0.1), tmp_path)
    for path in sorted(tmp_path.glob("*.csv")):
        file = open_file(path, get_layout(path.name.split("_")[0]), today=date(2026, 6, 30))
        found = {row.line: row for row in rows(file, today=date(2026, 6, 30)) if isinstance(row, RowIssue)}
        planted = {fault.line: fault for fault in manifest.faults if fault.file == path.name}
        visible = {number for number, fault in planted.items() if fault.kind in ANSWERS}
        assert set(found) == visible
        assert all(found[number].code in ANSWERS[planted[number].kind] for number in visible)
        assert all(found[number].field == planted[number].column for number in visible)

"""Lists as CSV: what a spreadsheet reads, without formulas, in the memory of one piece."""

import csv
import io

import pytest

from kaigo.common import tables


@pytest.mark.parametrize("cell", ["=1+1", "+81", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_taken_for_a_formula(cell):
    assert tables.harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["山田", "", -1, 0, None])
def test_everything_else_stays_as_it_is(cell):
    assert tables.harmless(cell) == cell


def test_it_is_read_again_as_it_was_written():
    rows = [["1", 'い"ろ'], ["2", "は\nに"]]
    text = tables.csv_text(["番号", "名"], rows)
    assert text.startswith("\ufeff番号,名\r\n")
    assert list(csv.reader(io.StringIO(text[1:], newline=""))) == [["番号", "名"], *rows]


def test_a_long_list_comes_in_pieces():
    pieces = list(tables.pieces(["a"], (["x" * 1000] for _ in range(1000))))
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 2 * tables.BUFFER
    assert "".join(pieces).count("\r\n") == 1001

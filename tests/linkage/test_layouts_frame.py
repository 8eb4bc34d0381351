"""The frame of an incoming file: whatever is wrong with it refuses the whole file, in words a clerk can act on."""

import codecs
import hashlib
from datetime import date

import pytest

from kaigo.common.refusal import Refusal
from linkage.layouts import frame, get_layout, open_file
from tests.linkage.layout_files import LAYOUTS, TODAY, Draft, golden, line, raw, sound


def refusal(path, layout_id="ZEI", today=TODAY):
    with pytest.raises(Refusal) as caught:
        open_file(path, get_layout(layout_id), today=today)
    assert caught.value.ways, "a clerk needs to know what to do"
    return caught.value


def refusal_of(draft, folder):
    return refusal(draft.write(folder), draft.layout_id)


@pytest.mark.parametrize("layout_id", LAYOUTS)
def test_a_sound_file_says_what_it_is(layout_id):
    path = golden(layout_id)
    file = open_file(path, get_layout(layout_id), today=TODAY)
    content = path.read_bytes()
    assert (file.created_on, file.serial, file.size) == (date(2026, 6, 5), 7, len(content))
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert file.rows == content.count(b"\r\nD,")
    assert file.is_full is (layout_id != "ZEI")


def test_a_file_of_changes_may_bring_none(tmp_path):
    assert sound(count=0).open(tmp_path).rows == 0


def test_a_full_file_with_nobody_is_refused(tmp_path):
    draft = sound(count=0).but(control="H,ZEI,1,20260605,1,1,0")
    assert refusal_of(draft, tmp_path).code == "file-empty"


class TestEmptyAndCut:
    def test_no_bytes(self, tmp_path):
        found = refusal(raw(tmp_path, b""))
        assert (found.code, "0バイト" in found.message) == ("file-empty", True)

    def test_only_the_control_line(self, tmp_path):
        assert refusal(raw(tmp_path, b"H,ZEI,1,20260605,1,1,3\r\n")).code == "file-truncated"

    def test_only_control_line_and_column_names(self, tmp_path):
        found = refusal_of(sound().but(rows=(), trailer="", control="H,ZEI,1,20260605,1,1,3"), tmp_path)
        assert found.code == "file-truncated"
        assert "3行のはずですが、0行まで" in found.message

    def test_missing_trailer(self, tmp_path):
        found = refusal_of(sound().but(trailer=""), tmp_path)
        assert found.code == "file-truncated"
        assert "3行のはずですが、3行まで" in found.message

    def test_truncated_last_line_says_how_far_it_goes(self, tmp_path):
        content = sound(count=5).text().encode()
        cut = content[: content.rindex(b"D,") + 20]
        found = refusal(raw(tmp_path, cut))
        assert found.code == "file-truncated"
        assert "5行のはずですが、4行まで" in found.message
        assert "途中で切れています" in found.message

    @pytest.mark.parametrize("lost", [1, 2, 3])
    def test_the_end_of_the_trailer_is_missing(self, tmp_path, lost):
        assert refusal(raw(tmp_path, sound().text().encode()[:-lost])).code == "file-truncated"

    def test_cut_within_a_character_is_a_cut(self, tmp_path):
        content = Draft("JUMIN", (line("JUMIN"),)).text().encode()
        cut = content[: content.index("髙".encode()) + 1]
        assert refusal(raw(tmp_path, cut), "JUMIN").code == "file-truncated"

    def test_no_beginning_of_a_file_passes_for_a_file(self, tmp_path):
        content = golden("SEIHO").read_bytes()
        for length in range(len(content)):
            refusal(raw(tmp_path, content[:length]), "SEIHO")


class TestCounts:
    @pytest.mark.parametrize(
        ("control", "trailer"),
        [("H,ZEI,1,20260605,1,2,4", "T,3"), ("H,ZEI,1,20260605,1,2,3", "T,4"), ("H,ZEI,1,20260605,1,2,2", "T,2")],
    )
    def test_counts_that_disagree(self, tmp_path, control, trailer):
        found = refusal_of(sound().but(control=control, trailer=trailer), tmp_path)
        assert found.code == "file-count"
        assert "実際は3行" in found.message

    def test_a_row_broken_in_two_is_named_by_its_line(self, tmp_path):
        broken = line("JUMIN", 方書='"コーポ\r\n桜"')
        found = refusal_of(Draft("JUMIN", (line("JUMIN"), broken)), tmp_path)
        assert found.code == "file-count"
        assert "5行目がデータ行（D）ではありません" in found.message

    def test_a_file_behind_a_file_is_named_by_its_line(self, tmp_path):
        found = refusal(raw(tmp_path, sound().text().encode() * 2))
        assert found.code == "file-count"
        assert "6行目" in found.message

    def test_a_trailer_twice(self, tmp_path):
        assert refusal_of(sound().but(trailer="T,{count}\r\nT,{count}"), tmp_path).code == "file-count"

    @pytest.mark.parametrize("trailer", ["T", "T,", "T,三", "T,-3", "T,3,", "T,²", "X,3", " T,3"])
    def test_a_wrong_trailer_is_none(self, tmp_path, trailer):
        assert refusal_of(sound().but(trailer=trailer), tmp_path).code == "file-truncated"


class TestControlLine:
    @pytest.mark.parametrize(
        "control",
        [
            "ZEI,1,20260605,1,2,3",
            "H,ZEI,1,20260605,1,2",
            "H,ZEI,1,20260605,1,2,3,",
            "T,3",
            "H,ZEI,1,20260230,1,2,3",
            "H,ZEI,1,2026 6 5,1,2,3",
            "H,ZEI,1,,1,2,3",
            "H,ZEI,1,20260605,A,2,3",
            "H,ZEI,1,20260605,1,3,3",
            "H,ZEI,1,20260605,1,2,３",
            "H,ZEI,1,20260605,1,2,-3",
            "H,ZEI,1,20260605,1,2,9999999999999999999",
        ],
    )
    def test_a_wrong_control_line(self, tmp_path, control):
        assert refusal_of(sound().but(control=control), tmp_path).code == "file-control"

    def test_another_layout_is_named(self, tmp_path):
        found = refusal(sound("ZEI").write(tmp_path), "JUMIN")
        assert found.code == "file-layout"
        assert "住民記録" in found.message
        assert "ZEI" in found.message

    def test_another_version_is_named(self, tmp_path):
        found = refusal_of(sound().but(control="H,ZEI,2,20260605,1,2,{count}"), tmp_path)
        assert (found.code, "第2版" in found.message) == ("file-layout", True)

    def test_a_file_from_a_coming_day_would_lock_out_those_before_it(self, tmp_path):
        path = sound().write(tmp_path)
        assert refusal(path, today=date(2026, 6, 4)).code == "file-future"
        assert open_file(path, get_layout("ZEI"), today=date(2026, 6, 5)).created_on == TODAY


class TestColumns:
    """Control E03: an unexpected column is refused, not stored."""

    def columns(self):
        return list(get_layout("ZEI").columns)

    def message(self, columns, folder):
        found = refusal_of(sound().but(columns=columns), folder)
        assert found.code == "file-columns"
        return found.message

    def test_an_unknown_column_is_named(self, tmp_path):
        message = self.message([*self.columns(), "口座番号"], tmp_path)
        assert "取り決めにない項目「口座番号」" in message

    def test_an_unknown_column_is_refused_even_where_the_rows_bring_it(self, tmp_path):
        draft = sound().but(columns=[*self.columns(), "口座番号"], rows=(line("ZEI") + ",1234567",))
        assert refusal_of(draft, tmp_path).code == "file-columns"

    def test_a_missing_column_is_named(self, tmp_path):
        assert "項目「所得割額」がありません" in self.message(
            [name for name in self.columns() if name != "所得割額"], tmp_path
        )

    def test_a_renamed_column_is_both(self, tmp_path):
        message = self.message([name.replace("合計所得金額", "合計所得") for name in self.columns()], tmp_path)
        assert "「合計所得」があります" in message
        assert "「合計所得金額」がありません" in message

    def test_reordered_columns_are_named_by_place(self, tmp_path):
        columns = self.columns()
        columns[6], columns[7] = columns[7], columns[6]
        assert "7番目は「均等割額」のはずです" in self.message(columns, tmp_path)

    def test_a_column_twice(self, tmp_path):
        assert "「課税区分」が2回" in self.message([*self.columns(), "課税区分"], tmp_path)

    def test_many_unknown_columns_are_not_all_repeated(self, tmp_path):
        message = self.message([*self.columns(), *(f"余分{n}" for n in range(9))], tmp_path)
        assert "「余分4」など" in message
        assert "余分5" not in message

    def test_no_column_names(self, tmp_path):
        content = sound().text().split("\r\n")
        assert refusal(raw(tmp_path, "\r\n".join([content[0], *content[2:]]).encode())).code == "file-columns"


class TestEncoding:
    def test_cp932(self, tmp_path):
        found = refusal_of(Draft("SEIHO", (line("SEIHO"),), encoding="cp932"), tmp_path)
        assert found.code == "file-encoding"
        assert found.message.startswith("2行目")
        assert "Shift_JIS" in found.message

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_other_forms_of_unicode(self, tmp_path, encoding):
        assert refusal_of(sound().but(encoding=encoding), tmp_path).code == "file-encoding"

    def test_a_byte_order_mark_is_said_to_be_one(self, tmp_path):
        found = refusal(raw(tmp_path, codecs.BOM_UTF8 + sound().text().encode()))
        assert "BOM" in found.message

    @pytest.mark.parametrize("bad", [b"\xff", b"\xe9\xab", b"\xed\xa0\x80", b"\xc0\xaf"])
    def test_one_bad_byte_refuses_the_file_with_its_line(self, tmp_path, bad):
        content = sound(count=40).text().encode().split(b"\r\n")
        content[30] = content[30][:-3] + bad + content[30][-3:]
        found = refusal(raw(tmp_path, b"\r\n".join(content)))
        assert found.code == "file-encoding"
        assert found.message.startswith("31行目")

    @pytest.mark.parametrize("shift", range(6))
    def test_the_pieces_in_which_a_file_is_read_may_end_anywhere(self, tmp_path, monkeypatch, shift):
        """Characters and line ends that fall between two pieces are put together again."""
        content = golden("JUMIN").read_bytes()
        monkeypatch.setattr(frame, "CHUNK", 600 + shift)
        file = open_file(golden("JUMIN"), get_layout("JUMIN"), today=TODAY)
        assert (file.rows, file.sha256) == (5, hashlib.sha256(content).hexdigest())
        broken = content.replace("桜木".encode(), "桜木".encode("cp932"))
        assert refusal(raw(tmp_path, broken), "JUMIN").message.startswith("7行目")


class TestLineEnds:
    def test_unix_line_ends(self, tmp_path):
        found = refusal_of(sound().but(end="\n"), tmp_path)
        assert (found.code, "CRLF" in found.message) == ("file-newline", True)

    def test_unix_line_ends_in_a_large_file(self, tmp_path):
        assert refusal_of(sound(count=20_000).but(end="\n"), tmp_path).code == "file-newline"

    def test_one_line_with_another_end_breaks_the_count(self, tmp_path):
        text = sound().text()
        at = text.rindex("\r\nD")
        assert refusal(raw(tmp_path, (text[:at] + text[at + 1 :]).encode())).code == "file-count"

    def test_a_line_without_end_is_not_read_into_memory(self, tmp_path):
        draft = sound().but(rows=("D," + "9" * 3_000_000,))
        found = refusal_of(draft, tmp_path)
        assert (found.code, found.message[:3]) == ("file-line", "3行目")


def test_no_refusal_repeats_what_a_row_says(tmp_path):
    """A whole row that stands where the control line belongs must not appear in the message."""
    found = refusal(raw(tmp_path, (line("JUMIN") + "\r\n").encode()), "JUMIN")
    assert "髙" not in found.message
    assert "000000000000101" not in found.message

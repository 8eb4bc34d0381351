"""Finding individual numbers in what is about to leave (E13)."""

import io
import zipfile

import pytest

from audit.media import scan
from audit.media.scan import Lines, Unreadable, find_in_text, find_individual_numbers
from kaigo.common import checkdigits

# Invented numbers whose check digit is right, and one whose is wrong.
NUMBER = next(f"12345678901{digit}" for digit in range(10) if checkdigits.is_individual_number(f"12345678901{digit}"))
OTHER = next(f"98765432109{digit}" for digit in range(10) if checkdigits.is_individual_number(f"98765432109{digit}"))
WRONG = NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)
FULL = NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
GROUPS = f"{NUMBER[:4]}-{NUMBER[4:8]}-{NUMBER[8:]}"


def places(content):
    return [found.place for found in find_individual_numbers(io.BytesIO(content))]


def archive(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        f"番号{NUMBER}です",
        f"No{NUMBER}A",
        FULL,
        GROUPS,
        GROUPS.replace("-", " "),
        GROUPS.replace("-", "－"),
        FULL[:4] + "　" + FULL[4:8] + "　" + FULL[8:],
        " ".join(NUMBER),
        f'="{NUMBER}"',
        f"00-{NUMBER}",
    ],
)
def test_a_number_is_found_however_it_is_written(text):
    assert [found.place for found in find_in_text(f"1行目\n{text}\n")] == ["2行目"]


@pytest.mark.parametrize(
    "text",
    [
        WRONG,
        NUMBER + "0",
        "0" + NUMBER,
        NUMBER[:11],
        "0" * 3 + NUMBER,  # fifteen digits: an addressee number
        f"12345678-1234-4234-8234-{NUMBER}",  # a random id
        "a" * 26 + NUMBER + "b" * 26,  # a digest
        "2026-11-24 10:05:30",
        "0000000101",
        f"{NUMBER[:6]},{NUMBER[6:]}",
        "043-123-4567",
    ],
)
def test_other_digits_are_not_taken_for_one(text):
    assert find_in_text(text) == []


def test_every_number_is_told_and_none_is_repeated():
    found = find_in_text(f"{NUMBER},{OTHER}\nなし\n{NUMBER}")
    assert [item.place for item in found] == ["1行目", "1行目", "3行目"]
    assert NUMBER not in repr(found)


class TestPieces:
    @pytest.mark.parametrize("cut", range(0, 30, 3))
    def test_a_number_between_two_pieces_is_found(self, cut):
        text = f"あ,い\nう,{NUMBER}\nえ"
        lines = Lines()
        found = [*lines.feed(text[:cut]), *lines.feed(text[cut:]), *lines.end()]
        assert [item.place for item in found] == ["2行目"]

    def test_lines_are_counted_over_the_pieces(self):
        lines = Lines()
        found = [item for _ in range(3) for item in lines.feed("x\ny\n")]
        found += lines.feed(NUMBER) + lines.end()
        assert [item.place for item in found] == ["7行目"]

    def test_a_longer_run_that_is_cut_is_no_number(self):
        lines = Lines()
        assert [*lines.feed("000"), *lines.feed(NUMBER), *lines.end()] == []


class TestFiles:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
    def test_text_in_any_usual_encoding(self, encoding):
        assert places(f"氏名,番号\r\n山田,{FULL}\r\n".encode(encoding)) == ["2行目"]

    def test_a_spreadsheet_with_the_number_as_number_text_or_split_text(self):
        content = archive(
            xl__sharedStrings_xml=f"<sst><si><t>{NUMBER}</t></si><si><r><t>{OTHER[:5]}</t></r><r><t>{OTHER[5:]}</t></r></si></sst>",
            xl__worksheets__sheet1_xml=f"<row><c><v>{NUMBER}</v></c><c><v>12</v></c></row>",
        )
        assert len(places(content)) == 3

    def test_neighbouring_cells_are_not_run_together(self):
        content = archive(sheet_xml=f"<row><c><v>{NUMBER[:6]}</v></c><c><v>{NUMBER[6:]}</v></c></row>")
        assert places(content) == []

    def test_a_file_in_an_archive_in_an_archive(self):
        inner = archive(a_csv=f"x\n{NUMBER}")
        assert places(archive(b_zip=inner, c_txt="なし")) == ["b.zipのa.csvの2行目"]

    def test_a_pdf_in_words_and_in_boxes(self):
        from weasyprint import HTML

        boxes = "".join(f"<td>{digit}</td>" for digit in OTHER)
        page = f"<p>個人番号 {NUMBER}</p><p style='break-before: page'>なし</p><table><tr>{boxes}</tr></table>"
        found = places(HTML(string=page).write_pdf())
        assert found == ["1ページ", "2ページ"]

    def test_a_clean_pdf(self):
        from weasyprint import HTML

        assert places(HTML(string="<p>保険料額 120,000円 0000000101</p>").write_pdf()) == []


class TestWhatCannotBeLookedInto:
    def test_an_encrypted_archive(self):
        from datetime import datetime

        from audit.media.packing import pack

        out = io.BytesIO()
        pack("a.csv", [NUMBER.encode()], out, password="x", at=datetime(2026, 1, 1))  # noqa: DTZ001
        with pytest.raises(Unreadable, match="暗号化"):
            places(out.getvalue())

    def test_too_many_layers(self):
        content = b"x"
        for _ in range(scan.DEPTH + 1):
            content = archive(a_zip=content)
        with pytest.raises(Unreadable, match="何重"):
            places(content)

    def test_a_bomb(self, monkeypatch):
        monkeypatch.setattr(scan, "LARGEST", 100)
        with pytest.raises(Unreadable, match="大きすぎる"):
            places(archive(a_txt="0" * 200))

    @pytest.mark.parametrize("content", [b"\x00\x01\x02\xff", b"PK\x03\x04broken", b"%PDF-1.7 broken"])
    def test_what_is_broken_or_no_text(self, content):
        with pytest.raises(Unreadable):
            places(content)

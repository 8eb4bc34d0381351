"""Printed documents, looked at as paper: rendered, rasterised, scanned and read."""

import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from uuid import UUID

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from kaigo.common import pdf
from kaigo.common.pdf import Addressee, Letter, PdfError, Sender, render_bundle, render_pdf
from kaigo.common.qr import SheetMark, read_sheet_mark
from kaigo.common.refusal import Refusal

DOCUMENT = UUID("3f2a5c1e-0d4b-4c8e-9a77-1b2c3d4e5f60")
OTHER = UUID("00000000-0000-4000-8000-000000000001")
MM = 72 / 25.4
KATSU, BE_MJ, BE = "葛\U000e0100", "邉\U000e0110", "邉\U000e0104"

LETTER = Letter(
    "介護保険料納入通知書",
    "あ介第1234号",
    "令和8年6月10日",
    Addressee("2600013", ("あおば市中央区中央三丁目10番8号", "中央ハイツ101号室"), "山田　花子"),
    Sender(
        "2608722",
        "あおば市中央区千葉港1番1号",
        ("あおば市長　青葉　太郎",),
        "高齢障害支援課",
        "043-000-0000",
        "平日 8:30～17:30",
    ),
)

TEMPLATES = {
    "letter.html": '{% extends "documents/base.html" %}{% block content %}{{ text }}{% endblock %}',
    "long.html": '{% extends "documents/base.html" %}{% block content %}<p>一枚目</p>'
    '{% for _ in more %}<p class="new-page">続き</p>{% endfor %}{% endblock %}',
    "remote.html": '{% extends "documents/base.html" %}{% block content %}<img src="{{ url }}">{% endblock %}',
    "plain.html": "<!DOCTYPE html><title>表</title><p>{{ text }}</p>",
    "green.css": "p { color: #008000 }",
    "fetching.css": "@import url(https://example.com/x.css);",
}


@pytest.fixture(autouse=True)
def templates(tmp_path, settings):
    for name, text in TEMPLATES.items():
        (tmp_path / name).write_text(text, "utf8")
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]
    for cached in (pdf._roots, pdf._stylesheet):
        cached.cache_clear()
    yield tmp_path
    for cached in (pdf._roots, pdf._stylesheet):
        cached.cache_clear()


def letter(**changes) -> dict:
    return {"letter": replace(LETTER, **changes)}


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def positions(content: bytes) -> list[tuple[float, float, str]]:
    """Where each piece of text of the first page begins: mm from the left and from the top."""
    found = []
    page = PdfReader(io.BytesIO(content)).pages[0]

    def visit(text, cm, tm, font, size):
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append((x / MM, 297 - y / MM, text.strip()))

    page.extract_text(visitor_text=visit)
    return found


def picture(content: bytes, path, page: int = 1) -> Image.Image:
    (path / "x.pdf").write_bytes(content)
    command = [
        "pdftoppm",
        "-r",
        "200",
        "-png",
        "-f",
        str(page),
        "-l",
        str(page),
        "-singlefile",
        path / "x.pdf",
        path / "x",
    ]
    subprocess.run(command, check=True)
    return Image.open(path / "x.png")


def fonts(content: bytes, path) -> str:
    (path / "x.pdf").write_bytes(content)
    return subprocess.run(["pdffonts", path / "x.pdf"], check=True, capture_output=True, text=True).stdout


def test_a_letter_carries_what_it_must():
    content = render_pdf("letter.html", {**letter(), "text": "本文です。"}, document_id=DOCUMENT)
    (text,) = pages(content)
    for words in ("〒260-0013", "山田　花子", "様", "あ介第1234号", "令和8年6月10日", "あおば市長", "043-000-0000", "平日",
                  "本文です。", "文書 3F2A5C1E", "1 / 1 ページ"):  # fmt: skip
        assert words.replace("　", " ") in text.replace("　", " "), words


def test_the_file_is_a4_in_japanese_tagged_and_its_title_is_the_kind_of_document():
    reader = PdfReader(io.BytesIO(render_pdf("letter.html", letter())))
    assert reader.metadata.title == "介護保険料納入通知書"
    assert not set(reader.metadata) & {"/Author", "/Subject", "/Keywords", "/CreationDate"}
    assert reader.trailer["/Root"]["/Lang"] == "ja"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    box = reader.pages[0].mediabox
    assert (round(box.width / MM), round(box.height / MM)) == (210, 297)


def test_the_addressee_stands_in_the_window_and_nothing_else_in_its_reach():
    content = render_pdf("letter.html", {**letter(), "text": "本文です。"}, document_id=DOCUMENT)
    reach = [(x, y, text) for x, y, text in positions(content) if x < 110 and y < 57]
    assert {text for _, _, text in reach} >= {"山田　花子", "中央ハイツ101号室"}
    assert "".join(text for _, _, text in reach).replace("　", "") == (
        "〒260-0013あおば市中央区中央三丁目10番8号中央ハイツ101号室山田花子様"
    )
    assert all(20 <= x <= 87 and 12 <= y <= 38 for x, y, _ in reach)


LONG = "特別養護老人ホーム　青葉の里ケアセンター　東棟四階四一二号室"


@pytest.mark.parametrize(
    ("address", "size"),
    [
        (("あおば市中央区一丁目1番1号",), "address-large"),
        (("あおば市中央区中央港三丁目10番8号", LONG), "address-medium"),
        (("あおば市若葉区みつわ台総合団地三丁目1234番地の5", LONG), "address-small"),
    ],
)
def test_a_long_address_is_set_smaller_until_the_window_shows_it_whole(address, size):
    addressee = Addressee("2600013", address, "山田　花子")
    assert addressee.size == size
    content = render_pdf("letter.html", letter(addressee=addressee))
    reach = [y for x, y, _ in positions(content) if x < 110 and y < 57]
    assert max(reach) <= 38


def test_an_address_that_no_size_fits_is_refused_not_cut():
    with pytest.raises(Refusal) as caught:
        render_pdf("letter.html", letter(addressee=Addressee("2600013", (LONG, LONG, LONG, LONG), "山田　花子")))
    assert caught.value.code == "address-too-long"
    assert LONG not in str(caught.value)


@pytest.mark.parametrize("more", [0, 1, 3])
def test_every_sheet_carries_its_mark(more, tmp_path):
    content = render_pdf("long.html", {**letter(), "more": range(more)}, document_id=DOCUMENT)
    assert len(pages(content)) == more + 1
    for page in range(1, more + 2):
        (found,) = zxingcpp.read_barcodes(picture(content, tmp_path, page))
        assert read_sheet_mark(found.text) == SheetMark(DOCUMENT, page, more + 1)
        assert f"{page} / {more + 1} ページ" in pages(content)[page - 1]


def test_every_sheet_says_whom_to_ask():
    content = render_pdf("long.html", {**letter(), "more": "ab"})
    assert all("043-000-0000" in text for text in pages(content))


def test_without_a_document_there_is_no_mark_but_page_numbers(tmp_path):
    content = render_pdf("long.html", {**letter(), "more": "a"})
    assert "2 / 2 ページ" in pages(content)[1]
    assert zxingcpp.read_barcodes(picture(content, tmp_path)) == []


def test_the_same_input_gives_the_same_bytes_in_another_process_too(tmp_path):
    context = {**letter(), "text": f"{KATSU}西{BE_MJ}𠮷"}
    first = render_pdf("letter.html", context, document_id=DOCUMENT)
    assert render_pdf("letter.html", context, document_id=DOCUMENT) == first
    script = (
        "import django, sys; django.setup()\n"
        "from django.conf import settings; settings.TEMPLATES[0]['DIRS'].append(sys.argv[1])\n"
        "from tests.common.test_pdf import *\n"
        "context = {**letter(), 'text': f'{KATSU}西{BE_MJ}𠮷'}\n"
        "sys.stdout.buffer.write(render_pdf('letter.html', context, document_id=DOCUMENT))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "DJANGO_SETTINGS_MODULE": "kaigo.settings"}
    command = [sys.executable, "-c", script, str(tmp_path)]
    again = subprocess.run(command, check=True, capture_output=True, env=environment, cwd=pdf.settings.BASE_DIR).stdout
    assert again == first


def test_another_input_gives_another_identifier():
    def identifier(text):
        return PdfReader(io.BytesIO(render_pdf("plain.html", {"text": text}))).trailer["/ID"]

    assert identifier("a") != identifier("b")


def test_what_was_typed_in_is_text_never_markup():
    (text,) = pages(render_pdf("letter.html", {**letter(), "text": "<b>&amp; 1 < 2"}))
    assert "<b>&amp; 1 < 2" in text


def test_rare_shapes_are_set_in_the_font_that_has_them(tmp_path):
    used = fonts(render_pdf("letter.html", {**letter(), "text": f"渡{BE_MJ}"}), tmp_path)
    assert "IPAmjMincho" in used
    assert "Noto" not in used
    assert "Noto-Serif-CJK-JP" in fonts(render_pdf("letter.html", {**letter(), "text": f"渡{BE}"}), tmp_path)
    assert "IPAmj" not in fonts(render_pdf("letter.html", {**letter(), "text": f"{KATSU}西"}), tmp_path)


def test_a_rare_shape_looks_different_from_the_base_shape(tmp_path):
    looks = {picture(render_pdf("plain.html", {"text": text}), tmp_path).tobytes() for text in ("邉", BE, BE_MJ)}
    assert len(looks) == 3


def test_a_character_that_cannot_be_printed_is_refused_before_printing():
    with pytest.raises(Refusal, match=r"U\+1F600"):
        render_pdf("letter.html", {**letter(), "text": "😀"})
    with pytest.raises(Refusal, match=r"U\+845B U\+E01EF"):
        render_pdf("letter.html", letter(addressee=replace(LETTER.addressee, name="葛\U000e01ef西")))


@pytest.mark.parametrize(
    "url",
    ["https://example.com/x.png", "http://127.0.0.1/x.png", "//example.com/x.png", "ftp://example.com/x", "file:///etc/passwd",
     "file:///proc/self/environ", "../../manage.py", "no-such-picture.png", "file://example.com/etc/passwd"],
)  # fmt: skip
def test_a_template_reaches_nothing_outside_the_project(url):
    with pytest.raises(PdfError):
        render_pdf("remote.html", {**letter(), "url": url})


def test_pictures_of_the_project_and_data_uris_are_served():
    gif = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    for url in ((pdf.settings.BASE_DIR / "static" / "kaigo.svg").as_uri(), gif):
        assert render_pdf("remote.html", {**letter(), "url": url}).startswith(b"%PDF")


def test_a_document_may_bring_its_own_style_sheet(tmp_path):
    green = picture(render_pdf("plain.html", {"text": "■■■"}, stylesheets=["green.css"]), tmp_path).convert("RGB")
    assert (0, 128, 0) in {colour for _, colour in green.getcolors(1 << 20)}


@pytest.mark.parametrize("name", ["no-such.css", "../manage.py", "/etc/passwd"])
def test_a_style_sheet_outside_the_project_is_a_defect(name):
    with pytest.raises(PdfError):
        render_pdf("plain.html", {"text": "x"}, stylesheets=[name])


def test_a_style_sheet_that_reaches_outside_is_a_defect():
    with pytest.raises(PdfError):
        render_pdf("plain.html", {"text": "x"}, stylesheets=["fetching.css"])


def test_a_bundle_holds_each_document_with_its_own_pages(tmp_path):
    documents = [(DOCUMENT, {**letter(), "more": "a"}), (OTHER, {**letter(number="二"), "more": ""})]
    content = render_bundle("long.html", documents)
    numbers = [re.search(r"\d / \d ページ", text)[0] for text in pages(content)]
    assert numbers == ["1 / 2 ページ", "2 / 2 ページ", "1 / 1 ページ"]
    (found,) = zxingcpp.read_barcodes(picture(content, tmp_path, 3))
    assert read_sheet_mark(found.text) == SheetMark(OTHER, 1, 1)


def test_a_single_print_and_a_bundle_look_the_same(tmp_path):
    context = {**letter(), "text": "本文です。"}
    single = picture(render_pdf("letter.html", context, document_id=DOCUMENT), tmp_path).tobytes()
    bundle = render_bundle("letter.html", [(OTHER, context), (DOCUMENT, context)])
    assert picture(bundle, tmp_path, 2).tobytes() == single


def test_an_empty_bundle_is_a_defect():
    with pytest.raises(ValueError, match="no document"):
        render_bundle("letter.html", [])

"""Codes on paper: a scanner reads back what was printed, and only marks of this house are believed."""

import base64
import io
import xml.etree.ElementTree as ET
from uuid import UUID

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kaigo.common.qr import SheetMark, qr_svg, read_sheet_mark, sheet_mark
from kaigo.common.refusal import Refusal

DOCUMENT = UUID("3f2a5c1e-0d4b-4c8e-9a77-1b2c3d4e5f60")


def svg(data_uri: str) -> str:
    head, _, content = data_uri.partition(",")
    assert head == "data:image/svg+xml;base64"
    return base64.b64decode(content).decode()


def scanned(data: str) -> str:
    target = io.BytesIO()
    segno.make_qr(data, error="m", boost_error=False).save(target, kind="png", scale=4)
    (found,) = zxingcpp.read_barcodes(Image.open(target))
    return found.text


@given(st.uuids(), st.integers(1, 9_999), st.integers(1, 9_999))
def test_a_mark_is_read_back(document_id, page, pages):
    page, pages = sorted((page, pages))
    assert read_sheet_mark(sheet_mark(document_id, page, pages)) == SheetMark(document_id, page, pages)


def test_a_scanner_reads_the_mark():
    mark = sheet_mark(DOCUMENT, 2, 3)
    assert read_sheet_mark(scanned(mark)) == SheetMark(DOCUMENT, 2, 3)


@pytest.mark.parametrize(("page", "pages"), [(0, 1), (2, 1), (1, 10_000), (-1, 3)])
def test_a_sheet_that_cannot_be_is_a_defect(page, pages):
    with pytest.raises(ValueError, match="sheet"):
        sheet_mark(DOCUMENT, page, pages)


def test_every_changed_character_is_noticed():
    mark = sheet_mark(DOCUMENT, 1, 2)
    for place, letter in enumerate(mark):
        for other in "0A9Z.2" + letter.swapcase():
            if other != letter:
                with pytest.raises(Refusal):
                    read_sheet_mark(mark[:place] + other + mark[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "https://example.com/", "K1", "K1....", "4901234567894", "K1." + "0" * 60, "０" * 50]
)
def test_any_other_code_is_refused(text):
    with pytest.raises(Refusal) as caught:
        read_sheet_mark(text)
    assert caught.value.code == "sheet-unknown"
    assert caught.value.ways


def test_a_mark_of_another_house_is_refused(settings):
    mark = sheet_mark(DOCUMENT, 1, 1)
    settings.KAIGO_LOOKUP_KEY = base64.b64encode(b"another house".ljust(32)).decode()
    with pytest.raises(Refusal):
        read_sheet_mark(mark)


def test_a_mark_says_nothing_about_the_person():
    assert sheet_mark(DOCUMENT, 1, 1).startswith("K1.3F2A5C1E0D4B4C8E9A771B2C3D4E5F60.1.1.")


def test_the_image_has_the_size_asked_for_and_is_the_same_every_time():
    image = ET.fromstring(svg(qr_svg("KAIGO", size=20)))  # noqa: S314
    assert image.get("width") == image.get("height")
    assert image.get("width").endswith("mm")
    assert float(image.get("width").removesuffix("mm")) == pytest.approx(20)
    assert qr_svg("KAIGO") == qr_svg("KAIGO")


def test_too_much_for_a_code_is_a_value_error():
    with pytest.raises(ValueError, match=r"."):
        qr_svg("x" * 5_000)

"""Reading PDFs in tests."""

from io import BytesIO

from pypdf import PdfReader


def text_of(pdf):
    """All words of a PDF without the spaces that its layout puts in."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)

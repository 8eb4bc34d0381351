"""Images: whole, of a sensible size, and nothing behind or inside them that a browser could run."""

import struct
import warnings
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from audit.uploads.kinds import BadUpload, Kind, broken

PIXELS = 100_000_000  # more than any scanner of a counter makes
CHUNK = 1 << 16
# Long enough not to be met by chance in compressed data.
SCRIPTS = (b"<script", b"<!doctype", b"javascript:", b"<?php")
OVERLAP = max(map(len, SCRIPTS)) - 1


def check_image(stream: BinaryIO, kind: Kind) -> None:
    """Refuse an image that is broken, huge, or carries something else. Raises BadUpload."""
    _check_picture(stream, kind)
    if kind is Kind.PNG:
        _check_end_of_png(stream)
    _refuse_scripts(stream)


def _check_picture(stream: BinaryIO, kind: Kind) -> None:
    stream.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is the one that counts
            with Image.open(stream, formats=[kind.name]) as image:
                width, height = image.size
                if width * height > PIXELS:
                    raise BadUpload(
                        "file-pixels",
                        "画像の縦横が大きすぎます。",
                        ways=("解像度を下げて読み取り直してください（300dpiで足ります）。",),
                    )
                image.verify()
    except (Image.DecompressionBombError, UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise broken(kind) from None


def _check_end_of_png(stream: BinaryIO) -> None:
    """A PNG ends with its last chunk: whatever follows is not part of the picture."""
    stream.seek(8)
    while head := stream.read(8):
        if len(head) < 8:
            raise broken(Kind.PNG)
        length, name = struct.unpack(">I4s", head)
        stream.seek(length + 4, 1)
        if name == b"IEND":
            if stream.read(1):
                raise BadUpload(
                    "file-two",
                    "画像の後ろに、別のデータが付いています。",
                    ways=("画像を開いて、保存し直してください。",),
                )
            return
    raise broken(Kind.PNG)


def _refuse_scripts(stream: BinaryIO) -> None:
    stream.seek(0)
    before = b""
    while chunk := stream.read(CHUNK):
        text = before + chunk.lower()
        if any(word in text for word in SCRIPTS):
            raise BadUpload(
                "file-markup",
                "画像の中に、スクリプトが含まれています。",
                ways=("画像を開いて、保存し直してください。",),
            )
        before = text[-OVERLAP:]

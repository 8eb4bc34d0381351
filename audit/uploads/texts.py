"""CSV: text in UTF-8 all through, and nothing else."""

import codecs
from typing import BinaryIO

from audit.uploads.kinds import BadUpload

CHUNK = 1 << 16  # bytes read at a time
ALLOWED = {"\t", "\n", "\r"}


def check_csv(stream: BinaryIO) -> None:
    """Refuse what is not UTF-8 text. Raises BadUpload."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    try:
        while chunk := stream.read(CHUNK):
            _refuse_controls(decoder.decode(chunk))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadUpload(
            "file-encoding",
            "文字コードがUTF-8ではありません。",
            ways=("Excelでは「CSV UTF-8（コンマ区切り）」で保存してください。",),
        ) from None


def _refuse_controls(text: str) -> None:
    if any(letter < " " and letter not in ALLOWED for letter in text):
        raise BadUpload(
            "file-binary",
            "文字だけのファイルではありません。",
            ways=("CSVとして保存し直したファイルを選んでください。",),
        )

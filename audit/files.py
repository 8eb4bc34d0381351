"""Stored files (保管ファイル): by content, encrypted at rest, behind Django's storage API."""

import hashlib
import io
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files import File as DjangoFile
from django.core.files.storage import default_storage

from audit.models import StoredFile
from audit.uploads import Checked, Kind, check_upload
from kaigo.common import clock, crypto
from kaigo.common.refusal import Refusal

__all__ = ["Checked", "Kind", "check_upload", "read_stored", "store_file"]

LARGEST = 2 << 30  # bytes
TYPES = {"application/json"} | {kind.content_type for kind in Kind}


def store_file(source: Path | BinaryIO | bytes, name: str, content_type: str, retention: str) -> StoredFile:
    """Keep a file: encrypted under a key of its own, in one streaming pass. The same content is kept once.

    `name` must carry no personal data. Raises Refusal for a type that is not kept or a file over 2 GiB.
    """
    if content_type not in TYPES:
        raise Refusal(
            "file-type", "この種類のファイルは保管できません。", ways=("PDF、CSV、画像、Excel、Wordにしてください。",)
        )
    with _opened(source) as stream:
        digest, size = _measure(stream)
        same = StoredFile.objects.filter(sha256=digest, retention=retention).first()
        if same and default_storage.exists(same.location):
            return same
        stream.seek(0)
        return _keep(stream, digest, size, name, content_type, retention)


def read_stored(stored: StoredFile) -> Iterator[bytes]:
    """The content of a stored file in chunks. Raises CryptoError when it was changed or cut short."""
    key = crypto.ring().unwrap(bytes(stored.wrapped_key), _context(stored.public_id))
    with default_storage.open(stored.location) as sealed:
        yield from crypto.decrypt_stream(cast(BinaryIO, sealed), key, _context(stored.public_id))


def _keep(stream: BinaryIO, digest: str, size: int, name: str, content_type: str, retention: str) -> StoredFile:
    public_id, key = uuid.uuid4(), crypto.new_data_key()
    with tempfile.TemporaryFile() as sealed:
        crypto.encrypt_stream(stream, sealed, key, _context(public_id))
        sealed.seek(0)
        location = default_storage.save(f"{clock.today():%Y/%m}/{public_id}", DjangoFile(sealed))
    try:
        return StoredFile.objects.create(
            public_id=public_id,
            sha256=digest,
            size=size,
            name=name,
            content_type=content_type,
            location=location,
            wrapped_key=crypto.ring().wrap(key, _context(public_id)),
            retention=retention,
            stored_at=clock.now(),
        )
    except BaseException:  # a content without its row could never be read
        default_storage.delete(location)
        raise


def _opened(source: Path | BinaryIO | bytes) -> BinaryIO:
    if isinstance(source, Path):
        return source.open("rb")
    return io.BytesIO(source) if isinstance(source, bytes) else source


def _measure(stream: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(1 << 20):
        digest.update(chunk)
        size += len(chunk)
        if size > LARGEST:
            raise Refusal("file-large", "ファイルが2GiBを超えています。", ways=("分けて送ってもらってください。",))
    return digest.hexdigest(), size


def _context(public_id: uuid.UUID) -> str:
    return f"file:{public_id}"

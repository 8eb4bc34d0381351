"""Reading an AES-256 zip (WinZip AE-2) without the library that wrote it: only what the tests need."""

import hashlib
import hmac
import io
import struct
import zipfile
import zlib

from Crypto.Cipher import AES
from Crypto.Util import Counter

KEY, SALT, CHECK, CODE = 32, 16, 2, 10


class WrongPassword(Exception):
    pass


def unzip(content, password):
    """The only member of the archive: its name and its bytes. Raises WrongPassword; asserts its authentication code."""
    (member,) = zipfile.ZipFile(io.BytesIO(content)).infolist()
    assert member.flag_bits & 1, "not encrypted"
    assert member.compress_type == 99, "not AES"
    assert _strength(member.extra) == 3, "not AES-256"
    body = _body(content, member)
    salt, check = body[:SALT], body[SALT : SALT + CHECK]
    sealed, code = body[SALT + CHECK : -CODE], body[-CODE:]
    keys = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 1000, 2 * KEY + CHECK)
    if keys[-CHECK:] != check:
        raise WrongPassword
    assert hmac.digest(keys[KEY : 2 * KEY], sealed, "sha1")[:CODE] == code, "changed on the way"
    counter = Counter.new(nbits=128, initial_value=1, little_endian=True)
    return member.filename, zlib.decompress(AES.new(keys[:KEY], AES.MODE_CTR, counter=counter).decrypt(sealed), -15)


def _strength(extra):
    while extra:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == 0x9901:
            return extra[4 + 4]
        extra = extra[4 + size :]
    return None


def _body(content, member):
    names, more = struct.unpack("<HH", content[member.header_offset + 26 : member.header_offset + 30])
    start = member.header_offset + 30 + names + more
    return content[start : start + member.compress_size]

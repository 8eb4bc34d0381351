"""Encryption at rest: what is sealed opens in its place and with its key, and nowhere else."""

import base64
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaigo.common import crypto
from kaigo.common.crypto import CHUNK, CryptoError, KeyRing, new_data_key, seal, unseal


def key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


RING = KeyRing.parse(f"k1:{key('a')}", key("z"))
CONTEXT = "individual_number:7f9c"


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_is_sealed_opens_again(plaintext, context):
    data_key = new_data_key()
    assert unseal(data_key, seal(data_key, plaintext, context), context) == plaintext


def test_the_same_value_is_never_sealed_the_same_way_twice():
    data_key = new_data_key()
    sealed = {seal(data_key, b"123456789018", CONTEXT) for _ in range(50)}
    assert len(sealed) == 50
    assert not any(b"123456789018" in one for one in sealed)


def test_a_value_moved_to_another_row_does_not_open():
    data_key = new_data_key()
    sealed = seal(data_key, b"123456789018", CONTEXT)
    with pytest.raises(CryptoError):
        unseal(data_key, sealed, "individual_number:0000")


def test_a_value_does_not_open_with_another_key():
    with pytest.raises(CryptoError):
        unseal(new_data_key(), seal(new_data_key(), b"secret", CONTEXT), CONTEXT)


def test_every_changed_byte_is_noticed():
    data_key = new_data_key()
    sealed = seal(data_key, b"secret", CONTEXT)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(CryptoError):
            unseal(data_key, bytes(changed), CONTEXT)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 12, b"\x01" * 20, b"\x02" * 60])
def test_what_was_never_sealed_is_a_crypto_error(sealed):
    with pytest.raises(CryptoError):
        unseal(new_data_key(), sealed, CONTEXT)


def test_a_database_memoryview_opens():
    data_key = new_data_key()
    wrapped = RING.wrap(data_key, CONTEXT)
    assert RING.unwrap(memoryview(wrapped), CONTEXT) == data_key
    assert unseal(data_key, memoryview(seal(data_key, b"x", CONTEXT)), CONTEXT) == b"x"


def test_a_wrapped_key_opens_only_for_its_person_and_its_ring():
    data_key = new_data_key()
    wrapped = RING.wrap(data_key, "person:1")
    assert data_key not in wrapped
    assert RING.unwrap(wrapped, "person:1") == data_key
    with pytest.raises(CryptoError):
        RING.unwrap(wrapped, "person:2")
    with pytest.raises(CryptoError):
        KeyRing.parse(f"k1:{key('b')}", key("z")).unwrap(wrapped, "person:1")
    with pytest.raises(CryptoError, match="not on the ring"):
        KeyRing.parse(f"k2:{key('a')}", key("z")).unwrap(wrapped, "person:1")
    with pytest.raises(CryptoError):
        RING.unwrap(b"", "person:1")


def test_keys_are_rotated_while_old_and_new_are_both_read():
    data_key = new_data_key()
    old = RING.wrap(data_key, "person:1")
    sealed = seal(data_key, b"123456789018", CONTEXT)

    both = KeyRing.parse(f"k2:{key('b')}, k1:{key('a')}", key("z"))
    assert both.active == "k2"
    assert not both.is_current(old)
    assert both.unwrap(old, "person:1") == data_key
    new = both.rewrap(old, "person:1")
    assert both.is_current(new)
    assert both.rewrap(new, "person:1") == new

    only_new = KeyRing.parse(f"k2:{key('b')}", key("z"))
    assert unseal(only_new.unwrap(new, "person:1"), sealed, CONTEXT) == b"123456789018"
    with pytest.raises(CryptoError):
        only_new.unwrap(old, "person:1")


@pytest.mark.parametrize(
    ("ring", "lookup"),
    [
        ("", key("z")),
        ("k1", key("z")),
        (f":{key('a')}", key("z")),
        ("k1:not base64!", key("z")),
        (f"k1:{base64.b64encode(b'short').decode()}", key("z")),
        (f"k1:{key('a')},k1:{key('b')}", key("z")),
        (f"k1:{key('a')},", key("z")),
        (f"{'k' * 256}:{key('a')}", key("z")),
        (f"k1:{key('a')}", ""),
        (f"k1:{key('a')}", base64.b64encode(b"z" * 31).decode()),
    ],
)
def test_a_bad_ring_is_refused_at_the_start_without_showing_a_key(ring, lookup):
    with pytest.raises(ValueError, match=r".") as caught:
        KeyRing.parse(ring, lookup)
    assert key("a") not in str(caught.value)
    assert key("a") not in repr(RING)


def test_a_lookup_is_the_same_for_the_same_value_and_purpose_only():
    assert RING.lookup("123456789018", "individual_number") == RING.lookup("123456789018", "individual_number")
    others = {
        RING.lookup("123456789018", "pension_number"),
        RING.lookup("123456789026", "individual_number"),
        KeyRing.parse(f"k1:{key('a')}", key("y")).lookup("123456789018", "individual_number"),
    }
    assert RING.lookup("123456789018", "individual_number") not in others
    assert len(others) == 3
    assert all(len(digest) == 32 for digest in others)


def test_a_lookup_survives_the_rotation_of_the_ring():
    rotated = KeyRing.parse(f"k2:{key('b')}", key("z"))
    assert rotated.lookup("1", "p") == RING.lookup("1", "p")


def test_the_ring_of_the_installation_is_the_one_set(settings):
    settings.KAIGO_KEYRING, settings.KAIGO_LOOKUP_KEY = f"house:{key('h')}", key("l")
    assert crypto.ring().active == "house"
    assert crypto.ring() is crypto.ring()
    settings.KAIGO_KEYRING = f"next:{key('n')},house:{key('h')}"
    assert crypto.ring().active == "next"


class Dribble(io.RawIOBase):
    """A source that hands over less than asked for, as pipes and uploads do."""

    def __init__(self, content: bytes, step: int) -> None:
        self.content, self.step = io.BytesIO(content), step

    def read(self, size: int = -1) -> bytes:
        return self.content.read(min(size, self.step))


def encrypted(plaintext: bytes, data_key: bytes, context: str = "file:1") -> bytes:
    target = io.BytesIO()
    crypto.encrypt_stream(io.BytesIO(plaintext), target, data_key, context)
    return target.getvalue()


def decrypted(content: bytes, data_key: bytes, context: str = "file:1") -> bytes:
    return b"".join(crypto.decrypt_stream(io.BytesIO(content), data_key, context))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_a_stream_opens_again(size):
    data_key = new_data_key()
    plaintext = bytes(range(256)) * (size // 256 + 1)
    assert decrypted(encrypted(plaintext[:size], data_key), data_key) == plaintext[:size]


@settings(deadline=None, max_examples=20)
@given(st.integers(1, CHUNK * 2))
def test_a_source_that_dribbles_makes_the_same_stream(step):
    data_key = new_data_key()
    plaintext = b"0123456789" * 14_000
    target = io.BytesIO()
    crypto.encrypt_stream(Dribble(plaintext, step + 500), target, data_key, "file:1")
    source = Dribble(target.getvalue(), step + 500)
    assert b"".join(crypto.decrypt_stream(source, data_key, "file:1")) == plaintext


HEADER = len(crypto.STREAM) + crypto.SALT
BLOCK = CHUNK + crypto.TAG


def tampered() -> dict[str, bytes]:
    whole = encrypted(b"a" * CHUNK + b"b" * CHUNK + b"c" * 10, KEY)
    first, second, last = whole[HEADER : HEADER + BLOCK], whole[HEADER + BLOCK : HEADER + 2 * BLOCK], whole[-26:]
    head = whole[:HEADER]
    return {
        "nothing at all": b"",
        "header only": head,
        "half a header": head[:10],
        "another version": b"KGS9" + whole[4:],
        "last chunk missing": head + first + second,
        "only the first chunk": head + first,
        "last byte missing": whole[:-1],
        "something added": whole + b"x",
        "chunks exchanged": head + second + first + last,
        "chunk repeated": head + first + first + second + last,
        "chunk left out": head + second + last,
        "last chunk twice": whole + last,
        "a changed byte": whole[: HEADER + 5] + bytes([whole[HEADER + 5] ^ 1]) + whole[HEADER + 6 :],
        "another salt": whole[:5] + bytes([whole[5] ^ 1]) + whole[6:],
    }


KEY = new_data_key()


@pytest.mark.parametrize("what", sorted(tampered()))
def test_a_changed_stream_does_not_open(what):
    with pytest.raises(CryptoError):
        decrypted(tampered()[what], KEY)


def test_a_stream_opens_only_with_its_key_and_in_its_place():
    content = encrypted(b"secret", KEY)
    with pytest.raises(CryptoError):
        decrypted(content, new_data_key())
    with pytest.raises(CryptoError):
        decrypted(content, KEY, "file:2")


def test_a_long_stream_is_decrypted_chunk_by_chunk():
    content = encrypted(bytes(5 * CHUNK), KEY)
    source = io.BytesIO(content)
    chunks = crypto.decrypt_stream(source, KEY, "file:1")
    assert len(next(chunks)) == CHUNK
    assert source.tell() <= HEADER + 2 * BLOCK

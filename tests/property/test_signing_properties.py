"""The general rules of payload and signature, for any parameters, secrets and bytes."""

import base64
import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_auth import encode_payload, sign
from gemini_clearing_auth.errors import ClearingError

numbers = st.one_of(
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False, places=30).map(lambda number: f"{number}"),
    st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
)
names = st.text().filter(lambda name: name not in ("request", "nonce"))
space = st.text(" \t\r\n", max_size=3)
nonces = st.none() | st.integers(min_value=0) | st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,9})?", fullmatch=True)


@st.composite
def parameters(draw: st.DrawFn) -> bytes:
    """A JSON object as any encoder might write it, numbers in any form."""
    fields = draw(st.dictionaries(names, st.one_of(numbers, st.text().map(json.dumps), st.just("null"))))
    gap = draw(space)
    inner = f",{gap}".join(f"{json.dumps(name)}{gap}:{value}" for name, value in fields.items())
    return f"{gap}{{{gap}{inner}{gap}}}{gap}".encode()


def read(text: bytes) -> dict[str, object]:
    """The fields of a JSON object, numbers as they are written."""
    fields: dict[str, object] = json.loads(text, parse_int=str, parse_float=str)
    return fields


@given(parameters(), st.text(), nonces)
def test_payload_says_what_the_parameters_say(fields: bytes, request: str, nonce: int | str | None) -> None:
    """Read back, it holds request, nonce, and every parameter in its order and to its last digit."""
    payload = read(base64.b64decode(encode_payload(fields, request=request, nonce=nonce), validate=True))

    injected = {"request": request} | ({} if nonce is None else {"nonce": str(nonce)})
    assert list(payload.items()) == list((injected | read(fields)).items())


@given(parameters(), nonces)
def test_payload_takes_the_parameters_over_byte_by_byte(fields: bytes, nonce: int | str | None) -> None:
    """Behind the brace, white space and all, the text is the caller's own."""
    inside = base64.b64decode(encode_payload(fields, request="/v1/x", nonce=nonce))

    assert inside.endswith(fields.strip()[1:])


@given(st.binary(), st.text(), nonces)
def test_payload_of_anything_fails_in_the_project_s_own_words(
    body: bytes, request: str, nonce: int | str | None
) -> None:
    """Whatever the body is, there is a payload of an object or one of the project's errors."""
    try:
        payload = encode_payload(body, request=request, nonce=nonce)
    except ClearingError:
        return
    assert isinstance(json.loads(base64.b64decode(payload)), dict)


@given(st.binary(), st.binary(min_size=1))
def test_signature_is_the_textbook_s(payload: bytes, secret: bytes) -> None:
    """RFC 2104, written out: the hash of the outer key and the hash of the inner key and the text."""
    block = 128
    key = (hashlib.sha384(secret).digest() if len(secret) > block else secret).ljust(block, b"\0")
    inner = hashlib.sha384(bytes(byte ^ 0x36 for byte in key) + payload).digest()
    outer = hashlib.sha384(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()

    assert sign(payload, secret) == outer


@given(st.binary(min_size=1), st.binary(min_size=1), st.integers(min_value=0))
def test_signature_changes_with_every_bit(payload: bytes, secret: bytes, at: int) -> None:
    """One flipped bit in the payload, and it is another signature."""
    bits = at % (len(payload) * 8)
    altered = bytearray(payload)
    altered[bits // 8] ^= 1 << bits % 8

    assert sign(bytes(altered), secret) != sign(payload, secret)

"""General rules of payload and signature, for arbitrary parameters, secrets and bytes."""

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
    """Generate a JSON object in the style of any serializer, with numbers in any form."""
    fields = draw(st.dictionaries(names, st.one_of(numbers, st.text().map(json.dumps), st.just("null"))))
    gap = draw(space)
    inner = f",{gap}".join(f"{json.dumps(name)}{gap}:{value}" for name, value in fields.items())
    return f"{gap}{{{gap}{inner}{gap}}}{gap}".encode()


def parsed(text: bytes) -> dict[str, object]:
    """Return the fields of a JSON object, with numbers as text."""
    fields: dict[str, object] = json.loads(text, parse_int=str, parse_float=str)
    return fields


@given(parameters(), st.text(), nonces)
def test_payload_contains_every_parameter(fields: bytes, request: str, nonce: int | str | None) -> None:
    """A parsed payload contains request, nonce, and every parameter in its order with every digit."""
    payload = parsed(base64.b64decode(encode_payload(fields, request=request, nonce=nonce), validate=True))

    injected = {"request": request} | ({} if nonce is None else {"nonce": str(nonce)})
    assert list(payload.items()) == list((injected | parsed(fields)).items())


@given(parameters(), nonces)
def test_payload_keeps_the_bytes_of_the_parameters(fields: bytes, nonce: int | str | None) -> None:
    """The payload ends with the bytes of the parameters, white space included."""
    inside = base64.b64decode(encode_payload(fields, request="/v1/x", nonce=nonce))

    assert inside.endswith(fields.strip()[1:])


@given(st.binary(), st.text(), nonces)
def test_payload_of_any_bytes_raises_only_our_errors(body: bytes, request: str, nonce: int | str | None) -> None:
    """Any body results in the payload of an object or in one of the project's errors."""
    try:
        payload = encode_payload(body, request=request, nonce=nonce)
    except ClearingError:
        return
    assert isinstance(json.loads(base64.b64decode(payload)), dict)


@given(st.binary(), st.binary(min_size=1))
def test_signature_is_hmac_sha384(payload: bytes, secret: bytes) -> None:
    """The signature is HMAC-SHA384 as RFC 2104 defines it."""
    block = 128
    key = (hashlib.sha384(secret).digest() if len(secret) > block else secret).ljust(block, b"\0")
    inner = hashlib.sha384(bytes(byte ^ 0x36 for byte in key) + payload).digest()
    outer = hashlib.sha384(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()

    assert sign(payload, secret) == outer


@given(st.binary(min_size=1), st.binary(min_size=1), st.integers(min_value=0))
def test_signature_changes_with_every_bit(payload: bytes, secret: bytes, at: int) -> None:
    """A payload with one flipped bit has another signature."""
    bits = at % (len(payload) * 8)
    altered = bytearray(payload)
    altered[bits // 8] ^= 1 << bits % 8

    assert sign(bytes(altered), secret) != sign(payload, secret)

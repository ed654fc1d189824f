"""The payload: added fields, unchanged parameters, rejected input."""

import base64

import pytest

from gemini_clearing_auth import encode_payload
from gemini_clearing_auth.errors import NonceError, UnsignableRequestError


def opened(parameters: bytes, *, nonce: int | str | None = 7) -> bytes:
    """Return the JSON inside the payload."""
    return base64.b64decode(encode_payload(parameters, request="/v1/x", nonce=nonce), validate=True)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (b'{"a":1}', b'{"request":"/v1/x","nonce":7,"a":1}'),
        (b' \r\n{\t"a" : 1E-8 } \n', b'{"request":"/v1/x","nonce":7,\t"a" : 1E-8 }'),
        (b"{}", b'{"request":"/v1/x","nonce":7}'),
        (b"{ \n}", b'{"request":"/v1/x","nonce":7 \n}'),
    ],
)
def test_encode_payload_puts_request_and_nonce_in_front(parameters: bytes, expected: bytes) -> None:
    """The parameters follow request and nonce byte by byte."""
    assert opened(parameters) == expected


@pytest.mark.parametrize(
    ("nonce", "expected"),
    [
        (None, b'{"request":"/v1/x"}'),
        (0, b'{"request":"/v1/x","nonce":0}'),
        ("1700000000.25", b'{"request":"/v1/x","nonce":"1700000000.25"}'),
    ],
)
def test_encode_payload_keeps_the_nonce_s_type(nonce: int | str | None, expected: bytes) -> None:
    """A nonce stays a number or text, and None means no nonce."""
    assert opened(b"{}", nonce=nonce) == expected


@pytest.mark.parametrize("number", [b"1E-8", b"0.1000000000000000000000000000001", b"1" * 5000, b"-0", b"1e400", b"2"])
def test_encode_payload_keeps_every_digit(number: bytes) -> None:
    """A number is neither rounded nor rewritten, at any length."""
    assert b'"n":' + number + b"}" in opened(b'{"n":' + number + b"}")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[]", "not an object"),
        (b"null", "not an object"),
        (b'"{}"', "not an object"),
        (b"12", "not an object"),
        (b"symbol=btcusd", "not JSON"),
        (b'{"a":1', "not JSON"),
        (b'{"a":1}{"b":2}', "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b'{"a":NaN}', "NaN is not a JSON number"),
        (b'{"a":-Infinity}', "-Infinity is not a JSON number"),
        (b'{"a":"\xff"}', "not UTF-8: invalid start byte at byte 6"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b'{"amount":"1","amount":"2"}', "duplicate field 'amount'"),
        (b'{"side":"buy","price":"1","price":"2"}', "duplicate field 'price'"),
        (b'{"a":{"b":1,"b":1}}', "duplicate field 'b'"),
        (b'{"nonce":1}', "contains nonce, which"),
        (b'{"a":1,"request":"/v1/y"}', "contains request, which"),
        (b'{"\\u006eonce":1}', "contains nonce, which"),
        (b'{"request":1,"nonce":1}', "contains request and nonce, which"),
    ],
)
def test_encode_payload_rejects_invalid_parameters(parameters: bytes, message: str) -> None:
    """Invalid or ambiguous parameters are rejected with the reason."""
    with pytest.raises(UnsignableRequestError, match=message):
        encode_payload(parameters, request="/v1/x", nonce=7)


def test_encode_payload_accepts_the_injected_names_in_nested_objects() -> None:
    """Nested objects may contain `request` and `nonce`."""
    assert opened(b'{"a":{"nonce":1,"request":2},"b":"nonce"}').endswith(b',"a":{"nonce":1,"request":2},"b":"nonce"}')


def test_encode_payload_escapes_the_path() -> None:
    """The path is escaped as a JSON string."""
    payload = base64.b64decode(encode_payload(b"{}", request='/v1/"x\\', nonce=None))

    assert payload == rb'{"request":"/v1/\"x\\"}'


@pytest.mark.parametrize("nonce", [-1, 1.5, True, "", "1e9", "-1", "1.", ".5", " 1", "1\n", "٣", b"1", [], "0x1"])
def test_encode_payload_rejects_invalid_nonces(nonce: object) -> None:
    """A nonce must be an integer or plain decimal text."""
    with pytest.raises(NonceError, match="invalid nonce"):
        encode_payload(b"{}", request="/v1/x", nonce=nonce)  # type: ignore[arg-type]  # the wrong type is the case

"""The payload: what is put in front, what stays as it was, what is refused."""

import base64

import pytest

from gemini_clearing_auth import encode_payload
from gemini_clearing_auth.errors import NonceError, UnsignableRequestError


def opened(parameters: bytes, *, nonce: int | str | None = 7) -> bytes:
    """The JSON inside the payload."""
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
    """The parameters follow byte by byte."""
    assert opened(parameters) == expected


@pytest.mark.parametrize(
    ("nonce", "expected"),
    [
        (None, b'{"request":"/v1/x"}'),
        (0, b'{"request":"/v1/x","nonce":0}'),
        ("1700000000.25", b'{"request":"/v1/x","nonce":"1700000000.25"}'),
    ],
)
def test_encode_payload_keeps_the_nonce_s_kind(nonce: int | str | None, expected: bytes) -> None:
    """A number stays a number, text stays text, and without a nonce there is none."""
    assert opened(b"{}", nonce=nonce) == expected


@pytest.mark.parametrize("number", [b"1E-8", b"0.1000000000000000000000000000001", b"1" * 5000, b"-0", b"1e400", b"2"])
def test_encode_payload_keeps_every_digit(number: bytes) -> None:
    """A number is neither rounded nor written in another form, however long it is."""
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
        (b'{"a":NaN}', "NaN is no JSON number"),
        (b'{"a":-Infinity}', "-Infinity is no JSON number"),
        (b'{"a":"\xff"}', "not UTF-8: invalid start byte at byte 6"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deep"),
        (b'{"amount":"1","amount":"2"}', "the field 'amount' stands twice"),
        (b'{"side":"buy","price":"1","price":"2"}', "the field 'price' stands twice"),
        (b'{"a":{"b":1,"b":1}}', "the field 'b' stands twice"),
        (b'{"nonce":1}', "holds nonce already"),
        (b'{"a":1,"request":"/v1/y"}', "holds request already"),
        (b'{"\\u006eonce":1}', "holds nonce already"),
        (b'{"request":1,"nonce":1}', "holds request and nonce already"),
    ],
)
def test_encode_payload_refuses_what_is_no_set_of_parameters(parameters: bytes, message: str) -> None:
    """Whatever could be signed as one thing and understood as another is told by name."""
    with pytest.raises(UnsignableRequestError, match=message):
        encode_payload(parameters, request="/v1/x", nonce=7)


def test_encode_payload_takes_the_injected_names_further_down() -> None:
    """Only at the top do `request` and `nonce` belong to the signer."""
    assert opened(b'{"a":{"nonce":1,"request":2},"b":"nonce"}').endswith(b',"a":{"nonce":1,"request":2},"b":"nonce"}')


def test_encode_payload_escapes_the_path() -> None:
    """No path can break out of its string."""
    payload = base64.b64decode(encode_payload(b"{}", request='/v1/"x\\', nonce=None))

    assert payload == rb'{"request":"/v1/\"x\\"}'


@pytest.mark.parametrize("nonce", [-1, 1.5, True, "", "1e9", "-1", "1.", ".5", " 1", "1\n", "٣", b"1", [], "0x1"])
def test_encode_payload_refuses_what_is_no_nonce(nonce: object) -> None:
    """Only whole numbers and plain decimal text are nonces."""
    with pytest.raises(NonceError, match="is not a nonce"):
        encode_payload(b"{}", request="/v1/x", nonce=nonce)  # type: ignore[arg-type]

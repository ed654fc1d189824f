"""The two views of the spec, and the strict parsers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_contract.spec import load_document
from gemini_clearing_contract.wire import decode_base64, encode_base64, logical_view, parse_json, wire_view


def test_wire_view_has_an_inverse() -> None:
    """The logical view of the wire view is the spec."""
    document = load_document()

    assert document == logical_view(wire_view(document))


def test_wire_view_has_no_body() -> None:
    """On the wire every operation has only the payload header."""
    posts = [item["post"] for item in wire_view(load_document())["paths"].values()]

    assert [["X-GEMINI-PAYLOAD"]] * len(posts) == [[part["name"] for part in post["parameters"]] for post in posts]
    assert not any("requestBody" in post for post in posts)


def test_wire_view_of_a_repeated_payload_has_both() -> None:
    """With `x-body: repeated` the wire view has the payload header and the body, and the same inverse."""
    document = load_document()
    repeated = document["paths"]["/v1/clearing/new"]["post"]
    repeated["x-body"] = "repeated"

    view = wire_view(document)

    post = view["paths"]["/v1/clearing/new"]["post"]
    assert repeated["requestBody"] == post["requestBody"]
    assert ["X-GEMINI-PAYLOAD"] == [part["name"] for part in post["parameters"]]
    assert document == logical_view(view)


@given(st.binary())
def test_base64_round_trips(content: bytes) -> None:
    """Decoding is the inverse of encoding."""
    assert content == decode_base64(encode_base64(content))


@pytest.mark.parametrize("text", ["YQ", "YQ=", "-_8=", "Y Q==", "YQ==\n", "YQ==YQ==", "=", "Y"])
def test_base64_is_decoded_strictly(text: str) -> None:
    """Another alphabet, missing padding and white space are rejected."""
    with pytest.raises(ValueError, match="base64"):
        decode_base64(text)


@pytest.mark.parametrize(
    "text", [b"{'a':1}", b'{"a":NaN}', b"{} {}", b"\xef\xbb\xbf{}", b'{"a":01}', b"[" * 100_000, b"\xff"]
)
def test_json_is_parsed_strictly(text: bytes) -> None:
    """Text that only lenient parsers accept is rejected."""
    with pytest.raises(ValueError):
        parse_json(text)


def test_json_numbers_stay_exact() -> None:
    """A number keeps every digit."""
    assert "0.1000000000000000000000000000001" == str(parse_json(b"0.1000000000000000000000000000001"))

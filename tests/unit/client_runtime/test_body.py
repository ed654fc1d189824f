"""Response bodies: decoded, limited in size, and with little memory."""

import gzip
import tracemalloc

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_runtime._body import BodyReader, ResponseTooLargeError

MEBIBYTE = 1024 * 1024
ABC = gzip.compress(b"abc")


class Unread(httpx.SyncByteStream):
    """A body that is still on the network."""


def read(pieces, *, coding=None, max_bytes=MEBIBYTE):
    """Feed pieces to a reader, and return what they are together."""
    headers = {} if coding is None else {"Content-Encoding": coding}
    reader = BodyReader(httpx.Response(200, headers=headers, stream=Unread()), max_bytes)
    for piece in pieces:
        reader.feed(piece)
    return reader.finish()


@given(st.lists(st.binary(max_size=200_000), max_size=3), st.integers(1, 100_000), st.booleans())
def test_body_is_what_was_sent_in_any_pieces(parts, size, zipped):
    """The cuts between pieces do not matter, nor does the number of gzip members."""
    data = b"".join(map(gzip.compress, parts)) if zipped else b"".join(parts)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]

    assert read(pieces, coding="gzip" if zipped else None) == b"".join(parts)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", " gzip "])
def test_gzip_is_decoded_however_it_is_written(coding):
    """Codings have no case, and gzip has two names (RFC 9110, section 8.4.1)."""
    assert read([gzip.compress(b"abc")], coding=coding) == b"abc"


@pytest.mark.parametrize("coding", ["br", "identity", "gzip, gzip", "", None])
def test_other_codings_are_not_decoded(coding):
    """The client accepts gzip only, and keeps other bodies unchanged."""
    assert read([b"abc"], coding=coding) == b"abc"


@pytest.mark.parametrize("data", [ABC[:-1], ABC[:5], ABC + b"\x1f"], ids=["last byte", "head", "second member"])
def test_incomplete_gzip_is_an_error(data):
    """A truncated body is never mistaken for a complete one."""
    with pytest.raises(httpx.DecodingError, match="incomplete"):
        read([data], coding="gzip")


@pytest.mark.parametrize("data", [b"nonsense", ABC + b"nonsense"], ids=["all", "rest"])
def test_body_that_is_not_gzip_is_an_error(data):
    """The header declares gzip."""
    with pytest.raises(httpx.DecodingError, match="not gzip"):
        read([data], coding="gzip")


def test_empty_body_with_a_coding_is_empty():
    """There is nothing to decode."""
    assert read([], coding="gzip") == read([b""], coding="gzip") == b""


@pytest.mark.parametrize("coding", ["gzip", None])
def test_body_of_the_largest_size_is_read_and_one_byte_more_is_not(coding):
    """The limit is the same for compressed and other bodies."""
    pack = gzip.compress if coding else bytes

    assert len(read([pack(bytes(1000))], coding=coding, max_bytes=1000)) == 1000
    with pytest.raises(ResponseTooLargeError, match="more than 1000 bytes, the limit set by max_response_bytes"):
        read([pack(bytes(1001))], coding=coding, max_bytes=1000)


def test_limit_holds_for_the_received_bytes_of_a_compressed_body():
    """Gzip that does not end, and decodes to nothing, is limited too."""
    with pytest.raises(ResponseTooLargeError):
        read([gzip.compress(b"")] * 100, coding="gzip", max_bytes=1000)


def test_small_body_that_unpacks_to_much_costs_little_memory():
    """50 KiB of gzip that unpack to 50 MiB are given up at the limit."""
    packed = gzip.compress(bytes(50 * MEBIBYTE))
    tracemalloc.start()
    try:
        with pytest.raises(ResponseTooLargeError):
            read([packed], coding="gzip", max_bytes=2 * MEBIBYTE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(packed) < 60_000
    assert peak < 3 * MEBIBYTE


def test_response_that_httpx_has_read_already_is_used_unchanged():
    """A transport without a network returns a complete response; its limit is the same."""
    headers = {"Content-Encoding": "gzip"}
    response = httpx.Response(200, headers=headers, content=gzip.compress(b"abc"))

    assert BodyReader(response, 3).finish() == b"abc"
    with pytest.raises(ResponseTooLargeError):
        BodyReader(response, 2)

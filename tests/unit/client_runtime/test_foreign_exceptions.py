"""A call ends in a result or in one of the client's errors, with any behavior of exchange, gateway or network."""

import gzip
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_clearing_runtime import _call
from gemini_clearing_runtime.errors import ClearingError
from tests.unit.client_runtime.scripted import SUCCESS, Trickle, run

ERRORS = st.sampled_from(
    [
        httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), httpx.DecodingError("x"),
        httpx.InvalidURL("x"), OSError("x"), RuntimeError("x"), ValueError("x"), KeyError("x"),
        UnicodeDecodeError("utf-8", b"", 0, 1, "x"),
    ]
)  # fmt: skip


@st.composite
def responses(draw: st.DrawFn) -> Callable[[], httpx.Response]:
    """A response with any status and any bytes, in several pieces, with any failure in between."""
    content = draw(st.binary(max_size=40) | st.just(SUCCESS) | st.just(gzip.compress(SUCCESS)))
    cut = draw(st.integers(0, len(content)))
    failure = draw(st.none() | ERRORS)
    status = draw(st.just(200) | st.integers(100, 599))
    headers = draw(
        st.dictionaries(
            st.sampled_from(["Content-Encoding", "Content-Type", "Retry-After", "Location", "Set-Cookie"]),
            st.sampled_from(["gzip", "deflate", "br", "identity", "text/html; charset=nonsense", "0", "x", "\xff"]),
        )
    )

    def fail() -> bytes:
        if failure:
            raise failure
        return b""

    def respond() -> httpx.Response:
        pieces = Trickle(lambda: content[:cut], fail, lambda: content[cut:])
        coded = [(name, value.encode("latin-1")) for name, value in headers.items()]
        return httpx.Response(status, headers=[(name.encode(), value) for name, value in coded], stream=pieces)

    return respond


@pytest.mark.parametrize("method", ["read", "write"])
@given(st.lists(responses() | ERRORS, min_size=4, max_size=4))
@settings(max_examples=60)
def test_call_raises_no_foreign_exception(method, script):
    """Both clients return the same result, or raise the same one of their errors."""
    ends = []
    for kind in ("sync", "async"):
        responses = iter(script)

        def handler(_request: httpx.Request, responses: Any = responses) -> httpx.Response:
            given = next(responses)
            if isinstance(given, Exception):
                raise given
            response: httpx.Response = given()
            return response

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(_call, "_FIRST_PAUSE_S", 0.0)
            try:
                ends.append(repr(run(kind, handler, lambda client: getattr(client, method)())))
            except ClearingError as error:
                ends.append(f"{type(error).__name__}: {error}")

    assert ends[0] == ends[1]

"""A response in another encoding than UTF-8 is one finding, and everything else in it is checked."""

import codecs
from typing import Any

import pytest

from gemini_clearing_contract.report.summary import summarize
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.running import Handle, intercepted, run_of


def in_encoding(encoding: str, mark: bytes) -> Any:
    """Return every response in another encoding."""

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        body = mark + response.body.decode().encode(encoding) if response.body else b""
        return WireResponse(response.status, response.headers, body)

    return respond


@pytest.mark.parametrize(
    ("encoding", "mark", "actual"),
    [
        ("utf-8", codecs.BOM_UTF8, "UTF-8 with a byte order mark"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16"),
        ("utf-16-be", b"", "UTF-16-BE"),
        ("utf-32-le", b"", "UTF-32-LE"),
    ],
)
def test_other_encoding_is_a_finding(encoding: str, mark: bytes, actual: str) -> None:
    """The run is complete, and has no other finding."""
    for layer, case in (("examples", None), ("sequences", "the named desk confirms")):
        summary = summarize(run_of(layer, target=intercepted(in_encoding(encoding, mark)), only=case), 1)

        assert (None, None) == (summary.stopped, summary.suite_error)
        assert {("wrong encoding", "body", actual)} == {(one.check, one.place, one.actual) for one in summary.findings}

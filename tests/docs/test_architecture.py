"""ARCHITECTURE.md names existing files, and the functions that a call really runs through."""

import re
import sys
from decimal import Decimal
from types import FrameType
from typing import Any

import httpx
import pytest

from gemini_clearing import GeminiClearing
from gemini_clearing_mock import Exchange
from tests.docs.reading import ROOT

DOCUMENT = ROOT / "ARCHITECTURE.md"


def _where_is() -> list[tuple[str, str]]:
    """Return folders and paths of the tables below `Where is …`."""
    section = DOCUMENT.read_text(encoding="utf-8").split("\n## Where is …\n")[1].split("\n## ")[0]
    found = []
    for table in re.split(r"\n\n(?=\|)", section)[1:]:
        head, *lines = table.strip().splitlines()
        folders = ",".join(re.findall(r"`([^`]+/)`", head))
        found += [(folders, path) for line in lines for path in re.findall(r"`([\w./]+\.\w+|[\w/]+/)`", line)]
    return found


@pytest.mark.parametrize(("folders", "path"), _where_is())
def test_file_of_where_is_exists(folders: str, path: str) -> None:
    """Every path below `Where is …` exists in a folder that the table's head names."""
    assert [folder for folder in folders.split(",") if (ROOT / folder / path).exists()] != []


class _Trace:
    """The functions of our packages that are called, and the JSON passes of their calls."""

    def __init__(self) -> None:
        self.functions: list[str] = []
        self.json_passes = 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and "/gemini_clearing" in frame.f_code.co_filename:
            self.functions.append(frame.f_code.co_qualname)
        elif event == "call" and frame.f_code.co_qualname == "JSONDecoder.raw_decode":
            self.json_passes += 1
        elif event == "c_call" and re.fullmatch(r"(?:json_)?(?:en|de)code", argument.__name__):
            origin = argument.__module__ or type(argument.__self__).__module__
            self.json_passes += origin.startswith("msgspec")


class _Transport(httpx.BaseTransport):
    """Traces the call up to the transport, and after it, without the mock exchange in between."""

    def __init__(self, exchange: Exchange) -> None:
        self.inner = exchange.transport()
        self.request, self.response = _Trace(), _Trace()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sys.setprofile(None)
        response = self.inner.handle_request(request)
        sys.setprofile(self.response)
        return response


@pytest.fixture(scope="module")
def traced() -> _Transport:
    """Trace the second call of a client; the first one prepares the decoders."""
    exchange = Exchange()
    desk, transport = exchange.account("initiator"), _Transport(exchange)
    terms: dict[str, Any] = {"symbol": "btcusd", "price": "9500.00", "side": "buy", "amount": Decimal("100")}
    with GeminiClearing(
        api_key=desk.api_key, api_secret=desk.api_secret, base_url="http://127.0.0.1", transport=transport
    ) as clearing:
        for _ in range(2):
            transport.request, transport.response = _Trace(), _Trace()
            sys.setprofile(transport.request)
            clearing.create_order(**terms)
            sys.setprofile(None)
    return transport


def _steps(column: str) -> list[str]:
    """Return the functions of one of the two tables, in order."""
    section = DOCUMENT.read_text(encoding="utf-8").split("### One amount to the wire, one price back")[1]
    table = next(part for part in section.split("\n\n") if part.startswith("| step") and column in part.splitlines()[0])
    return re.findall(r"`([\w.]+)`", "\n".join(line.split("|")[2] for line in table.splitlines()[2:]))


def _in_order(expected: list[str], actual: list[str]) -> list[str]:
    """Return the expected names that are missing in the actual ones, in their order."""
    remaining = iter(actual)
    return [name for name in expected if name not in remaining]


def test_amount_goes_through_the_listed_functions(traced: _Transport) -> None:
    """The functions of the first table are called in the table's order."""
    steps = [name for name in _steps("the amount") if name != "msgspec"]

    assert _in_order(steps, traced.request.functions) == []


def test_price_comes_through_the_listed_functions(traced: _Transport) -> None:
    """The functions of the second table are called in the table's order."""
    assert _in_order(_steps("the price"), traced.response.functions) == []


def test_a_call_encodes_once_and_decodes_twice(traced: _Transport) -> None:
    """The arguments become JSON once and are not parsed again to be signed; the response is parsed twice."""
    assert (traced.request.json_passes, traced.response.json_passes) == (1, 2)

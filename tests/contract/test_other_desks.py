"""A server whose accounts have other counterparty ids than the mock is tested like the mock."""

from collections import Counter
from itertools import count
from typing import Any

import msgspec
import pytest

from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from gemini_clearing_contract.targets.mock import EmbeddedClock, handler_of
from gemini_clearing_contract.wire import WireRequest, WireResponse
from gemini_clearing_mock import Config, Exchange, ManualClock, demo_config
from tests.contract.interceptors import PATHS
from tests.contract.running import run_of

# The ids of the mock's initiator and counterparty.
INITIATOR, COUNTERPARTY = b"R485E04Q", b"OM9VNL1G"
OTHERS = {"other ids": (b"AB12CD34", b"EF56GH78"), "swapped ids": (COUNTERPARTY, INITIATOR)}


def with_ids(initiator: bytes, counterparty: bytes, statuses: Counter[int]) -> EmbeddedTarget:
    """Return a mock with these ids, which counts the statuses of new orders."""
    text = msgspec.json.encode(demo_config()).replace(INITIATOR, b"<1>").replace(COUNTERPARTY, b"<2>")
    config = msgspec.json.decode(text.replace(b"<1>", initiator).replace(b"<2>", counterparty), type=Config)

    def factory(start_ms: int) -> tuple[Any, Any, Any]:
        clock = ManualClock(start_ms)
        exchange = Exchange(config, clock=clock, ids=(f"{number:08X}" for number in count(0xA0000001)))
        handle = handler_of(exchange.handle)

        def counting(request: WireRequest) -> WireResponse:
            response = handle(request)
            statuses[response.status] += request.path in {PATHS["create_order"], PATHS["create_broker_order"]}
            return response

        return exchange, EmbeddedClock(clock), counting

    return EmbeddedTarget(factory)


@pytest.mark.parametrize("layer", ["corpus", "rejected_requests"])
def test_other_ids_create_as_many_orders(layer: str) -> None:
    """Requests name the desks of the credentials; with the mock's ids, each of them would be rejected."""
    mock: Counter[int] = Counter()
    other: Counter[int] = Counter()
    run_of(layer, target=with_ids(INITIATOR, COUNTERPARTY, mock), profile="recall")
    run = run_of(layer, target=with_ids(*OTHERS["other ids"], other), profile="recall")

    assert {} == run.ledger.findings
    assert mock[200] > 0
    assert mock == other


def test_swapped_ids_are_no_finding() -> None:
    """An id of this server is never replaced, also if it is a plain value of another desk."""
    run = run_of("corpus", "bad_signatures", target=with_ids(*OTHERS["swapped ids"], Counter()), profile="recall")

    assert ({}, []) == (run.ledger.findings, [one.stopped for one in run.results if one.stopped])

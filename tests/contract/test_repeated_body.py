"""The suite on a copy of the spec in which one operation has `x-body: repeated`, and servers that do not follow it."""

import base64
import copy
import time
from typing import Any

import attrs
import msgspec
import pytest

from gemini_clearing import _operations
from gemini_clearing_contract.errors import LineError
from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.run.profiles import PROFILES
from gemini_clearing_contract.run.run import Run
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec, load_document
from gemini_clearing_contract.targets.target import Target
from gemini_clearing_contract.wire import WireRequest, WireResponse
from gemini_clearing_mock.api._routes import ROUTES
from gemini_clearing_runtime import ResolveByList
from tests.contract.running import Handle, intercepted

SERVER_LAYERS = ("examples", "corpus", "bad_signatures", "error_precedence", "rejected_requests")
REPEATED = ("create_order", "list_orders")


@pytest.fixture(scope="module")
def spec() -> Spec:
    """A copy of the spec in which a write and a read have a body."""
    document = copy.deepcopy(load_document())
    for path in ("/v1/clearing/new", "/v1/clearing/list"):
        document["paths"][path]["post"]["x-body"] = "repeated"
    return Spec(document)


@pytest.fixture
def _mock_requires_bodies(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REPEATED:
        path = spec.operations[name].path
        monkeypatch.setitem(ROUTES, path, msgspec.structs.replace(ROUTES[path], repeats_body=True))


@pytest.fixture
def _client_sends_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    read = msgspec.structs.replace(_operations.LIST_ORDERS, repeats_body=True)
    assert isinstance(_operations.CREATE_ORDER.resolve, ResolveByList)
    resolve = msgspec.structs.replace(_operations.CREATE_ORDER.resolve, operation=read)
    write = msgspec.structs.replace(_operations.CREATE_ORDER, repeats_body=True, resolve=resolve)
    for module in ("_client", "_async_client"):
        monkeypatch.setattr(f"gemini_clearing.{module}.LIST_ORDERS", read)
        monkeypatch.setattr(f"gemini_clearing.{module}.CREATE_ORDER", write)


def findings_of(spec: Spec, *layers: str, target: Target | None = None) -> set[tuple[str, str, str]]:
    """Return operation, check and place of each finding."""
    run = Run(spec, target or intercepted(pass_on), PROFILES["quick"], 0, time.monotonic() + 120)
    run_layers(run, [layer_named(name) for name in layers])
    assert run.ledger.requests
    return {(one.operation, one.check, one.place) for one in run.ledger.findings.values()}


def pass_on(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Change nothing."""
    return handle(request)


@pytest.mark.usefixtures("_mock_requires_bodies", "_client_sends_bodies")
def test_right_server_and_client_have_no_findings(spec: Spec) -> None:
    """Signed requests of every layer, and the client's requests, have the body that the spec declares."""
    assert set() == findings_of(spec, *SERVER_LAYERS, "client_bytes")


def test_server_that_ignores_the_body_is_found(spec: Spec) -> None:
    """A request without the body, or with another one, must be rejected."""
    found = findings_of(spec, "bad_signatures")

    assert {(name, "invalid request accepted: json", "body") for name in REPEATED} <= found


@pytest.mark.usefixtures("_mock_requires_bodies")
def test_server_that_requires_an_undeclared_body_is_found() -> None:
    """By the spec of this repository the body is empty, so a server must accept that."""
    found = findings_of(Spec(), "examples")

    assert set(REPEATED) == {operation for operation, check, _ in found if check.startswith("valid request rejected")}


@pytest.mark.usefixtures("_mock_requires_bodies")
def test_wrong_reason_for_a_missing_body_is_found(spec: Spec) -> None:
    """The error response for a body has the reason of the check `json`."""

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        return (
            response
            if request.body
            else attrs.evolve(response, body=response.body.replace(b"InvalidJson", b"MissingNonce"))
        )

    found = findings_of(spec, "bad_signatures", target=intercepted(respond))

    assert {"body"} <= {place for operation, _, place in found if operation in REPEATED}


@pytest.mark.usefixtures("_mock_requires_bodies")
def test_rejected_body_that_uses_the_nonce_is_found(spec: Spec) -> None:
    """The body is checked before the nonce."""

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        if request.path == spec.operations["list_orders"].path and not request.body:
            handle(attrs.evolve(request, body=payload_bytes(request)))
        return response

    found = findings_of(spec, "rejected_requests", target=intercepted(respond))

    assert {"valid request rejected"} == {check for operation, check, _ in found if operation == "list_orders"}


@pytest.mark.usefixtures("_mock_requires_bodies")
def test_order_placed_despite_its_body_is_found(spec: Spec) -> None:
    """A request that is rejected for its body changes nothing."""

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        if request.path == spec.operations["create_order"].path and request.body == b"{}":
            handle(attrs.evolve(request, body=payload_bytes(request)))
        return response

    found = findings_of(spec, "rejected_requests", target=intercepted(respond))

    assert "rejected request changed state" in {check for operation, check, _ in found if operation == "create_order"}


def payload_bytes(request: WireRequest) -> bytes:
    """Return the JSON in the payload header."""
    return base64.b64decode(request.header("X-GEMINI-PAYLOAD") or "")


@pytest.mark.usefixtures("_mock_requires_bodies")
def test_client_that_sends_no_body_is_found(spec: Spec) -> None:
    """The layer of the client's bytes compares body and media type with the payload."""
    found = findings_of(spec, "client_bytes")

    assert {("payload not repeated", "body"), ("wrong header", "content-type")} <= {
        (check, place) for operation, check, place in found if operation in REPEATED
    }


@pytest.mark.usefixtures("_client_sends_bodies")
def test_client_that_sends_an_undeclared_body_is_found() -> None:
    """Without `x-body` the body is empty."""
    found = findings_of(Spec(), "client_bytes")

    assert {(name, "body not empty", "body") for name in REPEATED} <= found


@pytest.mark.usefixtures("_mock_requires_bodies")
def test_lost_response_is_sent_again_with_its_body(spec: Spec) -> None:
    """A request that is sent again after a lost response has the new payload in header and body."""
    lost: list[WireRequest] = []

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        if request.path == "/v1/clearing/list" and not lost:
            lost.append(request)
            raise LineError("reset")
        return handle(request)

    assert set() == findings_of(spec, "examples", target=intercepted(respond))
    assert lost[0].body == payload_bytes(lost[0])

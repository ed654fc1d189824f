"""A route with `repeats_body`: the JSON of the payload must be the HTTP body too."""

import base64
import json

import msgspec
import pytest

from gemini_clearing_mock.api._routes import ROUTES

PATH = "/v1/clearing/list"


@pytest.fixture
def repeated(monkeypatch):
    """Require the body of one route."""
    monkeypatch.setitem(ROUTES, PATH, msgspec.structs.replace(ROUTES[PATH], repeats_body=True))


def send(desk, exchange, body):
    """Send a valid request with a body that is made from its payload; return status and reason."""
    request = desk.request(PATH, symbol="btcusd")
    payload = base64.b64decode(request.headers["x-gemini-payload"])
    response = exchange.handle(msgspec.structs.replace(request, body=body(payload)))
    return response.status, json.loads(response.body).get("reason")


@pytest.mark.usefixtures("repeated")
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (bytes, (200, None)),
        (lambda payload: json.dumps(json.loads(payload), indent=2, sort_keys=True).encode(), (200, None)),
        (lambda payload: b"", (400, "InvalidJson")),
        (lambda payload: b"{}", (400, "InvalidJson")),
        (lambda payload: payload[:-1], (400, "InvalidJson")),
        (lambda payload: b"[" + payload + b"]", (400, "InvalidJson")),
        (lambda payload: b"\xff" + payload, (400, "InvalidJson")),
        (lambda payload: payload.replace(b"btcusd", b"ethusd"), (400, "InvalidJson")),
        (lambda payload: payload[:-1] + b', "more": 1}', (400, "InvalidJson")),
    ],
)
def test_route_requires_the_payload_as_body(body, expected, desks, exchange):
    """Only the same JSON is accepted; the order of its keys and its white space do not matter."""
    assert send(desks.initiator, exchange, body) == expected


@pytest.mark.usefixtures("repeated")
def test_rejected_body_does_not_use_the_nonce(desks, exchange):
    """The body is part of the check `json`, which precedes that of the nonce."""
    request = desks.initiator.request(PATH)
    payload = base64.b64decode(request.headers["x-gemini-payload"])

    exchange.handle(request)

    assert exchange.handle(msgspec.structs.replace(request, body=payload)).status == 200


@pytest.mark.parametrize("body", [bytes, lambda payload: b"", lambda payload: b"{"])
def test_other_routes_ignore_a_body(body, desks, exchange):
    """Observed: a body in addition to the headers is ignored."""
    assert send(desks.initiator, exchange, body) == (200, None)

"""An operation with `x-body: repeated`: the JSON of the payload is the HTTP body too."""

import base64
import json
import re
import socket

import msgspec
import pytest

from gemini_clearing import MaybeExecutedError, Outcome
from gemini_clearing._operations import CREATE_ORDER, GET_ORDER, OPERATIONS
from gemini_clearing_mock.api._routes import ROUTES
from tests.client.desks import BUY, Place
from tests.journal.test_recording import Wrapped, entries
from tests.network.servers import read_request, response, serve

DESK = {"api_key": "account-demo", "api_secret": "demo-secret", "counterparty_id": "R485E04Q"}


@pytest.fixture(autouse=True)
def repeated(monkeypatch):
    """Declare the body of two operations as if the client were generated from such a spec, and require it."""
    for operation in (CREATE_ORDER, GET_ORDER):
        changed = msgspec.structs.replace(operation, repeats_body=True)
        for module in ("_client", "_async_client"):
            monkeypatch.setattr(f"gemini_clearing.{module}.{operation.name.upper()}", changed)
        monkeypatch.setitem(OPERATIONS, operation.name, changed)
        route = msgspec.structs.replace(ROUTES[operation.path], repeats_body=True)
        monkeypatch.setitem(ROUTES, operation.path, route)


class Bodies:
    """The requests that a client sends: path, body, the JSON of the payload, and the media type."""

    def __init__(self):
        self.sent = []

    def __call__(self, transport):
        """Return the transport with a record of its requests."""
        return Wrapped(transport, self.record)

    def record(self, request):
        """Record a request before the transport handles it."""
        payload = base64.b64decode(request.headers["X-GEMINI-PAYLOAD"])
        self.sent.append((request.url.path, request.content, payload, request.headers["Content-Type"]))

    def assert_repeated(self, *paths):
        """Assert that the requests went to these paths, each with its payload as the body."""
        assert [path for path, *_ in self.sent] == [f"/v1/clearing/{path}" for path in paths]
        for _, body, payload, media_type in self.sent:
            assert body == payload
            assert media_type == "application/json"


def test_body_repeats_the_payload(inside):
    """Both clients send the JSON in both places, and the exchange that requires it accepts them."""
    bodies = Bodies()
    desk = inside.desk("initiator", wrap=bodies)

    placed = desk.create_order(**BUY)
    desk.get_order(clearing_id=placed.clearing_id)

    bodies.assert_repeated("new", "status")


def test_other_operations_have_an_empty_body(inside):
    """The declaration applies to one operation."""
    bodies = Bodies()

    inside.desk("initiator", wrap=bodies).list_orders()

    [(_, body, _, media_type)] = bodies.sent
    assert (body, media_type) == (b"", "text/plain")


def test_retry_repeats_the_new_payload(inside):
    """A call that is signed again has its new nonce in header and body."""
    bodies = Bodies()
    desk = inside.desk("initiator", wrap=bodies)
    placed = desk.create_order(**BUY)
    inside.exchange.faults.add("reset_before", "get_order")

    desk.get_order(clearing_id=placed.clearing_id)

    bodies.assert_repeated("new", "status", "status")
    nonces = [json.loads(body)["nonce"] for _, body, *_ in bodies.sent]
    assert nonces == sorted(set(nonces))


def test_lost_order_with_a_repeated_payload_is_resolved(inside):
    """The error of a lost response knows what was signed, and its query finds the order."""
    desk = inside.desk("initiator")
    inside.exchange.faults.add("reset_after", "create_order")

    with pytest.raises(MaybeExecutedError) as lost:
        desk.create_order(**BUY)

    assert json.loads(lost.value.payload)["price"] == BUY["price"]
    assert desk.resolve(lost.value).outcome is Outcome.EXECUTED


def test_journal_has_the_payload_once(inside, tmp_path):
    """The entry of a write is the payload, with or without a body."""
    bodies, path = Bodies(), tmp_path / "desk.db"

    inside.desk("initiator", wrap=bodies, journal=path).create_order(**BUY)

    [entry] = entries(path)
    assert entry.payload.encode() == bodies.sent[0][1]


def test_explanation_shows_the_body(inside):
    """`explain` returns the body, and the wire bytes end with it."""
    explained = inside.desk("initiator").client.explain("create_order", **BUY)

    assert explained.body == explained.payload
    assert explained.wire.endswith(b"\r\n\r\n" + explained.payload.encode())
    assert explained.headers["Content-Type"] == "application/json"
    assert explained.headers["Content-Length"] == str(len(explained.payload))


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_body_is_written_to_the_socket(kind):
    """The transports of the runtime write headers and body."""
    heads, bodies = [], []

    def script(connection):
        heads.append(read_request(connection))
        length = int(re.findall(rb"Content-Length: ([0-9]+)", heads[0])[0])
        bodies.append(connection.recv(length, socket.MSG_WAITALL))
        connection.sendall(response(b'{"result":"ok","status":"Confirmed"}', "Content-Type: application/json"))

    with serve(script) as server:
        place = Place(
            is_async=kind == "async",
            served={"base_url": f"http://127.0.0.1:{server.port}", "accounts": {"desk": DESK}},
        )
        place.desk("desk").get_order(clearing_id="P0521QDV")
        place.close()

    assert json.loads(bodies[0])["clearing_id"] == "P0521QDV"
    assert base64.b64encode(bodies[0]) in heads[0]

"""Another service, or a wrong path, is reported as such; a server of this API gets findings, however broken it is."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gemini_clearing_contract.errors import TargetError
from gemini_clearing_contract.run.identification import require_this_api
from gemini_clearing_contract.run.session import Session
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.interceptors import PATHS, body_of
from tests.contract.proxy import proxy
from tests.contract.running import Handle, intercepted, run_of
from tests.contract.test_unstable_line import run_suite

SPEC = Spec()
JSON, HTML, TEXT = ({"content-type": kind} for kind in ("application/json", "text/html; charset=utf-8", "text/plain"))
Respond = Callable[[WireRequest, Handle], WireResponse]


def identify(respond: Respond) -> None:
    """Decide whether a server is one of this API."""
    target = intercepted(lambda request, handle, exchange: respond(request, handle))
    session = Session(SPEC, target, run_of().ledger, "examples")
    require_this_api(session, SPEC.operations.values())


def always(status: int, headers: dict[str, str], content: bytes) -> Respond:
    """Respond to everything in the same way."""
    return lambda request, handle: WireResponse(status, headers, content)


def with_path(request: WireRequest, handle: Handle) -> WireResponse:
    """Respond like a framework that repeats the path."""
    content = json.dumps({"timestamp": id(request), "status": 404, "error": "Not Found", "path": request.path})
    return WireResponse(404, JSON, content.encode())


def under_another_path(request: WireRequest, handle: Handle) -> WireResponse:
    """Respond like the exchange to an address with a wrong path."""
    return handle(WireRequest(request.method, f"/wrong{request.path}", request.headers, request.body))


WRONG = {
    "404 of a web server": always(404, HTML, b"<h1>404 Not Found</h1>"),
    "a page for every path": always(200, HTML, b"<html>Welcome</html>"),
    "an empty object": always(200, JSON, b"{}"),
    "a health check": always(200, JSON, b'{"status":"ok"}'),
    "an empty list": always(200, JSON, b'{"count":0,"orders":[],"results":[]}'),
    "an echo": lambda request, handle: WireResponse(200, JSON, json.dumps({"path": request.path}).encode()),
    "another JSON service": always(404, JSON, b'{"detail":"Not Found"}'),
    "a framework that repeats the path": with_path,
    "a service with another login": always(401, JSON, b'{"error":"unauthorized"}'),
    "POST is not allowed": always(405, TEXT, b"Method Not Allowed"),
    "POST is not implemented": always(501, HTML, b"Unsupported method ('POST')"),
    "a redirect": always(302, HTML | {"location": "/login"}, b""),
    "an empty response": always(204, {}, b""),
    "a firewall": always(403, HTML, b"Access denied"),
    "the exchange under another path": under_another_path,
}


@pytest.mark.parametrize("respond", WRONG.values(), ids=WRONG)
def test_other_service_is_not_tested(respond: Respond) -> None:
    """The reason is one line with the status and the first bytes of a response, and what to check."""
    with pytest.raises(TargetError, match="is not a server of this API, or its address has another path: POST ") as e:
        identify(respond)

    message = str(e.value)
    assert "\n" not in message
    assert "returned status " in message
    assert message.endswith("Check the address.")


def every(change: Callable[[WireResponse], WireResponse]) -> Respond:
    """Change every response of the exchange."""
    return lambda request, handle: change(handle(request))


def content(change: Callable[[bytes], bytes]) -> Respond:
    """Change the bytes of every response."""
    return every(lambda response: WireResponse(response.status, response.headers, change(response.body)))


def without(*names: str) -> Respond:
    """Omit fields of every response."""
    return every(
        lambda response: WireResponse(
            response.status,
            response.headers,
            json.dumps({key: value for key, value in body_of(response).items() if key not in names}).encode(),
        )
    )


def only(*operations: str) -> Respond:
    """Respond as the exchange does for some operations, and for the others as if they did not exist."""
    paths = {PATHS[name] for name in operations}
    missing = WireResponse(404, HTML, b"Not Found")
    return lambda request, handle: handle(request) if request.path in paths else missing


def failing(status: int, headers: dict[str, str], body: bytes) -> Respond:
    """Fail for every operation; other paths do not exist."""
    known, missing = set(PATHS.values()), WireResponse(404, TEXT, b"no such path")
    return lambda request, handle: WireResponse(status, headers, body) if request.path in known else missing


BROKEN = {
    "every response has status 500": always(500, TEXT, b"Internal Server Error"),
    "every response has status 500 and JSON": every(lambda one: WireResponse(500, one.headers, one.body)),
    "every response has status 200": every(lambda one: WireResponse(200, one.headers, one.body)),
    "every response is HTML": every(lambda one: WireResponse(one.status, HTML, one.body)),
    "a byte order mark": content(lambda body: b"\xef\xbb\xbf" + body),
    "UTF-16": content(lambda body: body.decode().encode("utf-16")),
    "no response has JSON": content(lambda body: b"<html></html>"),
    "every error response without a reason": without("reason"),
    "no response with a result": without("result"),
    "reasons in other letters": content(lambda body: body.replace(b"Invalid", b"invalid")),
    "error responses in a list": content(lambda body: body if b"orders" in body else b"[%s]" % body),
    "every signature is rejected": always(400, JSON, b'{"result":"error","reason":"InvalidSignature","message":"-"}'),
    "only trades work": only("list_trades"),
    "only cancel_order works": only("cancel_order"),
    "every operation responds with a page": failing(200, HTML, b"<html></html>"),
    "every operation responds with {}": failing(200, JSON, b"{}"),
    "every operation gets 401": failing(401, JSON, b'{"error":"unauthorized"}'),
}


@pytest.mark.parametrize("respond", BROKEN.values(), ids=BROKEN)
def test_broken_server_is_tested(respond: Respond) -> None:
    """One response that only a server of this API has is enough."""
    identify(respond)


@pytest.mark.parametrize("name", ["every response has status 500", "a byte order mark", "no response has JSON"])
def test_broken_exchange_has_findings(name: str) -> None:
    """An exchange in this process is one of this API, and its faults are findings."""
    run = run_of("examples", target=intercepted(lambda request, handle, exchange: BROKEN[name](request, handle)))

    assert [None] == [result.stopped for result in run.results]
    assert run.ledger.findings


def test_wrong_path_in_the_address_has_exit_status_2(mock: HttpTarget, tmp_path: Path) -> None:
    """The exchange's own error response for an unknown path is quoted, and nothing is a finding."""
    status, report = run_suite(f"{mock.name}/wrong", mock, tmp_path, "examples,corpus")

    assert (2, []) == (status, report["findings"])
    assert '404, application/json: \'{"result":"error","reason":"EndpointNotFound"' in report["stopped"]


def test_usual_server_gets_no_request_for_it(mock: HttpTarget, tmp_path: Path) -> None:
    """A documented reason in the first response is enough, so that no request is sent to an unknown path."""
    with proxy(mock.name) as recording:
        status, _ = run_suite(recording.url, mock, tmp_path, "examples")

    assert 0 == status
    assert set(recording.paths) == set(PATHS.values())

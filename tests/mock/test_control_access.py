"""Access to the controls: hosts, origins, tokens, paths, health, and CORS."""

import json

import pytest

from gemini_clearing_mock import Exchange, Request, create_app
from gemini_clearing_mock import _command as command
from gemini_clearing_mock.control._api import ControlApi

from .test_asgi import run_app

LOCAL = "127.0.0.1:8080"


def call(exchange, method="POST", path="/reset", *, token=None, allowed_hosts=(), allowed_origins=(), **headers):
    """Call a control; return status and message."""
    api = ControlApi(
        exchange.transactions, exchange.clock, token, allowed_hosts=allowed_hosts, allowed_origins=allowed_origins
    )
    response = api.handle(Request(method, f"/__mock__{path}", headers))
    return response.status, json.loads(response.body).get("message", "")


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:80", "localhost.:80", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::1]:8080"],
)
def test_controls_can_be_requested_from_loopback_names(exchange, host):
    """A request whose `Host` is a loopback name, with any port, is served."""
    assert call(exchange, host=host) == (200, "")
    assert call(exchange, host=host, origin=f"http://{host}") == (200, "")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example, localhost",
     "localhost@evil.example", "", "[::1", "[::1].evil.example", "10.0.0.1", "[::2]", "x" * 10_000],
)  # fmt: skip
def test_controls_reject_other_hosts(exchange, desks, host):
    """A page whose host name has the address of the server (DNS rebinding) can use no control."""
    order = desks.initiator.place()

    for method, path in [("POST", "/reset"), ("GET", "/snapshot"), ("GET", "/state"), ("GET", "/log")]:
        status, message = call(exchange, method, path, host=host, origin=f"http://{host}")
        assert status == 403
        assert "is not a loopback name. Use localhost, or allow the name" in message
    assert desks.initiator.status(order) == "AwaitTargetConfirm"


def test_controls_accept_allowed_hosts(exchange):
    """A host name can be allowed, and with a token every name is."""
    assert call(exchange, host="mock.test:80", allowed_hosts=["Mock.Test"]) == (200, "")
    assert call(exchange, host="mock.test", token="T", authorization="Bearer T") == (200, "")
    assert call(exchange, host="mock.test", token="T")[0] == 403
    assert call(exchange) == (200, "")


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://[", "http://[::1", "//", f"http://{LOCAL}.evil.example",
     f"http://{LOCAL}@evil.example", f"ftp://{LOCAL}", LOCAL, "http://127.0.0.1:9999", "http://\u2100"],
)  # fmt: skip
def test_controls_reject_other_origins(exchange, origin):
    """A request with the origin of another site is rejected, also if the origin is malformed."""
    assert call(exchange, host=LOCAL, origin=origin)[0] == 403


@pytest.mark.parametrize("path", ["/__mock__extra", "/__mock__.", "/__mock__reset", "/__mock", "/__MOCK__/state"])
def test_only_paths_below_the_prefix_are_controls(exchange, path):
    """A path that only begins like the controls' is one of the exchange, which does not know it."""
    start, body = run_app(create_app(exchange), path=path, method="POST")

    assert (start["status"], json.loads(body["body"])["reason"]) == (404, "EndpointNotFound")


@pytest.mark.parametrize("controls", [True, False])
@pytest.mark.parametrize(("method", "body"), [("GET", b'{"result":"ok"}'), ("HEAD", b"")])
def test_health_is_always_served(exchange, controls, method, body):
    """`/__mock__/health` needs neither controls, nor a token, nor a loopback name."""
    app = create_app(exchange, controls=controls, token="T")

    start, sent = run_app(app, path="/__mock__/health", method=method, headers=[(b"host", b"mock.test")])

    assert (start["status"], sent["body"]) == (200, body)
    assert dict(start["headers"])[b"content-length"] == b"15"


def test_head_of_the_console_has_the_headers_of_get(exchange):
    """The response to HEAD is that to GET, without the body."""
    app = create_app(exchange)
    page, head = (run_app(app, path="/__mock__/", method=method) for method in ("GET", "HEAD"))

    assert head[0] == page[0]
    assert page[0]["status"] == 200
    assert (head[1]["body"], len(page[1]["body"]) > 1000) == (b"", True)


@pytest.mark.parametrize("path", ["/state", "/prefix/state"])
@pytest.mark.parametrize("root_path", ["/prefix", "/prefix/"])
def test_application_works_under_a_prefix(exchange, path, root_path):
    """Mounted under a prefix the application serves the same paths, whether or not `path` includes the prefix."""
    app = create_app(exchange)
    path = path.replace("state", "__mock__/state")

    assert run_app(app, path=path, root_path=root_path, method="GET")[0]["status"] == 200


def test_prefix_is_removed_only_as_a_whole(exchange):
    """A path that begins with the letters of the prefix is unchanged."""
    app = create_app(exchange)

    assert run_app(app, path="/v1/heartbeat", root_path="/v", method="POST")[0]["status"] == 400


def test_repeated_headers_are_joined(exchange, desks):
    """A header that is sent twice has both values (RFC 9110, section 5.3), so a second signature is not ignored."""
    request = desks.initiator.request("/v1/heartbeat")
    pairs = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    twice = [*pairs[:2], (b"x-gemini-signature", b"wrong"), pairs[2]]

    replies = [run_app(create_app(exchange), headers=headers)[1]["body"] for headers in (twice, pairs)]

    assert [json.loads(reply).get("reason") for reply in replies] == ["InvalidSignature", None]


CORS = {"cors_origins": ("http://app.test",)}
PREFLIGHT = (
    (b"origin", b"http://app.test"),
    (b"access-control-request-method", b"POST"),
    (b"access-control-request-headers", b"x-gemini-apikey,x-gemini-payload,x-gemini-signature"),
)


def test_cors_is_off_by_default(exchange):
    """Without allowed origins a preflight request is rejected, and no response has a CORS header."""
    for method in ("OPTIONS", "POST"):
        start, _ = run_app(create_app(exchange), method=method, headers=PREFLIGHT)
        assert not any(name.startswith(b"access-control") for name, _ in start["headers"])
        assert start["status"] in {400, 405}


def test_cors_permits_the_preflight_request(exchange):
    """A preflight request of an allowed origin gets the method and the headers that it names."""
    exchange.faults.add("status", status=503)

    start, body = run_app(create_app(exchange, **CORS), method="OPTIONS", headers=PREFLIGHT)

    headers = dict(start["headers"])
    assert (start["status"], body["body"]) == (204, b"")
    assert headers[b"access-control-allow-origin"] == b"http://app.test"
    assert headers[b"access-control-allow-methods"] == b"POST"
    assert headers[b"access-control-allow-headers"] == PREFLIGHT[2][1]
    assert b"content-length" not in headers
    assert len(list(exchange.faults)) == 1


@pytest.mark.parametrize(
    ("allowed", "origin", "path", "status", "readable"),
    [
        ("http://app.test", "http://app.test", "/v1/heartbeat", 400, True),
        ("*", "http://app.test", "/v1/heartbeat", 400, True),
        ("http://app.test", "http://evil.test", "/v1/heartbeat", 400, False),
        ("http://app.test", "http://app.test", "/__mock__/reset", 200, True),
        ("http://app.test", "http://evil.test", "/__mock__/reset", 403, False),
        ("*", "http://app.test", "/__mock__/reset", 403, True),
    ],
)
def test_cors_allows_only_the_given_origins(exchange, allowed, origin, path, status, readable):
    """Pages of an allowed origin read responses and use the controls; `*` never opens the controls."""
    headers = [(b"origin", origin.encode()), (b"host", b"localhost")]

    start, _ = run_app(create_app(exchange, cors_origins=[allowed]), path=path, headers=headers)

    assert start["status"] == status
    assert dict(start["headers"]).get(b"access-control-allow-origin") == (origin.encode() if readable else None)


@pytest.fixture
def options_of(monkeypatch):
    """Run the command with a replaced `serve`; return the options of the call."""
    calls = []
    monkeypatch.setattr(command, "serve", lambda options, *, ready: calls.append(options))

    def run(*arguments):
        assert command.main(arguments) == 0
        return calls.pop()

    return run


def test_command_reads_the_token_from_file_or_environment(options_of, monkeypatch, tmp_path):
    """The token need not be an argument, which every user of the machine can read."""
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert options_of().token is None

    monkeypatch.setenv("GEMINI_CLEARING_MOCK_CONTROL_TOKEN", "from-environment")

    assert options_of().token == "from-environment"
    assert options_of("--control-token-file", str(file)).token == "from-file"
    assert options_of("--control-token", "T", "--control-token-file", str(file)).token == "T"


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", "tökén".encode(), b"\xff", None])
def test_unusable_token_is_reported(capsys, tmp_path, content):
    """An empty, unreadable or missing token is an error, where the controls would otherwise be open."""
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)

    assert command.main(["--control-token-file", str(file)]) == 2

    assert "control token" in capsys.readouterr().err


def test_command_passes_hosts_and_origins(options_of):
    """`--allow-host` and `--cors-origin` can be repeated."""
    options = options_of("--allow-host", "a", "--allow-host", "b", "--cors-origin", "http://c")

    assert (options.allowed_hosts, options.cors_origins) == (("a", "b"), ("http://c",))


def test_exchange_in_process_has_no_health_path():
    """In-process, the exchange does not serve `/__mock__/health`."""
    assert Exchange().handle(Request("GET", "/__mock__/health", {})).status == 404

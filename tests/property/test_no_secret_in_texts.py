"""
No secret, signature or payload in any text that a program leaves behind, for any values and faults.

An error may quote the exchange, and carries the payload of its write; nothing that observes calls has either of them.
"""

import asyncio
import base64
import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from gemini_clearing import AsyncGeminiClearing, ClearingError, GeminiClearing
from gemini_clearing_auth import OAuthToken
from gemini_clearing_cli._app import run
from gemini_clearing_runtime.otel import instrument
from tests.client.simulated_time import simulated_time
from tests.property.texts import error_texts, found_in, object_texts, recorded_process

BASE_URL = "http://127.0.0.1"
TERMS: dict[str, Any] = {"symbol": "btcusd", "amount": "2", "price": "9500.00", "side": "buy"}
Values = dict[str, str]
Texts = list[tuple[str, str]]

# Long enough that no other text has the same characters; `-` and quotation marks have their own errors.
_VISIBLE = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'`-")
SECRETS = st.lists(_VISIBLE, min_size=20, max_size=40, unique=True).map("".join)
NAMES = st.permutations("ABCDEFGHJKLMNPQRSTUVWXYZ").map("".join)


def succeed(request: httpx.Request) -> httpx.Response:
    """Respond with a result."""
    body = {"result": "AwaitConfirm", "clearing_id": "P0521QDV", "orders": [], "results": []}
    return httpx.Response(200, json=body)


def reject(request: httpx.Request) -> httpx.Response:
    """Reject the call, without a word about it."""
    return httpx.Response(400, json={"result": "error", "reason": "InvalidSymbol", "message": "no"})


def echo(request: httpx.Request) -> httpx.Response:
    """Reject the call, and repeat all of it in every text."""
    text = f"{dict(request.headers)} {base64.b64decode(request.headers['X-GEMINI-PAYLOAD']).decode()}"
    return httpx.Response(400, json={"result": "error", "reason": text, "message": text})


def echo_in_result(request: httpx.Request) -> httpx.Response:
    """Repeat the call in fields of a result, known and unknown ones."""
    text = f"{dict(request.headers)} {base64.b64decode(request.headers['X-GEMINI-PAYLOAD']).decode()}"
    body = {"result": text, "clearing_id": "P0521QDV", "status": text, "side": text, text: text}
    return httpx.Response(200, json={**body, "orders": [body], "results": [body]})


def echo_as_text(request: httpx.Request) -> httpx.Response:
    """Repeat the call in a body that is not JSON, and in the headers."""
    text = repr(dict(request.headers))
    return httpx.Response(502, text=text, headers={"Retry-After": text, "Server": text})


def lose(request: httpx.Request) -> httpx.Response:
    """Lose the response."""
    raise httpx.ReadError("lost", request=request)


def fail_with_the_call(request: httpx.Request) -> httpx.Response:
    """Fail as a transport that writes the whole call into its error."""
    raise httpx.ReadError(f"lost {dict(request.headers)}", request=request)


FAULTS = [succeed, reject, echo, echo_in_result, echo_as_text, lose, fail_with_the_call]
QUIET = {succeed, reject, lose}
"""The faults after which an error has no text of another party."""


@attrs.define(slots=False, repr=False)
class Case:
    """One client, its identity, and everything that it left behind."""

    kind: str
    secret: str
    key: str
    note: str
    is_oauth: bool
    header: str = "the value of a header"
    """The value of a header that the client adds to its requests."""
    observed: Texts = attrs.field(factory=list)
    errors: Texts = attrs.field(factory=list)
    signed: Values = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers, self.meters = TracerProvider(), MeterProvider([self.reader])
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))

    @property
    def hidden(self) -> Values:
        """The values that no text may have."""
        return {"secret": self.secret} | {name: text for name, text in self.signed.items() if "signature" in name}

    @property
    def unobserved(self) -> Values:
        """The values that nothing may have that observes calls."""
        return self.hidden | self.signed | {"header": self.header} | ({} if self.is_oauth else {"key": self.key})

    def respond(self, fault: Callable[[httpx.Request], httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
        """Return a handler that keeps what was signed."""

        def handle(request: httpx.Request) -> httpx.Response:
            number, payload = len(self.signed), request.headers["X-GEMINI-PAYLOAD"]
            self.signed[f"payload {number}"] = payload
            self.signed[f"payload as JSON {number}"] = base64.b64decode(payload).decode()
            if signature := request.headers.get("X-GEMINI-SIGNATURE"):
                self.signed[f"signature {number}"] = signature
            return fault(request)

        return handle

    def settings(self, fault: Any, **more: Any) -> dict[str, Any]:
        """Return the options of a client."""
        identity: dict[str, Any] = {"api_key": f"account-{self.key}", "api_secret": self.secret}
        if self.is_oauth:
            identity = {"auth": OAuthToken(self.secret)}
        hooks = dict.fromkeys(("on_request", "on_response", "on_error", "on_drift"), self.observe)
        transport = httpx.MockTransport(self.respond(fault))
        own = {"base_url": BASE_URL, "transport": transport, "on_unknown": self.keep, "timeout": 1}
        return {**identity, **hooks, **own, **more}

    def observe(self, event: object) -> None:
        """Keep the texts of an event."""
        self.observed += object_texts(type(event).__name__, event)

    def keep(self, error: BaseException) -> None:
        """Keep the texts of an error."""
        self.errors += error_texts(error)

    def call(self, fault: Any, journal: Path) -> None:
        """Make a read, a write, a walk and a wrong call, also strict ones, and resolve what is unknown."""
        cls: Any = GeminiClearing if self.kind == "sync" else AsyncGeminiClearing
        client = cls(**self.settings(fault, journal=journal))
        instrument(client, self.tracers, self.meters)
        client = client.with_options(extra_headers={"X-Token": self.header})
        strict = cls(**self.settings(fault, strict=True))
        self.observed += object_texts("client", client)
        steps: list[Callable[[], Any]] = [
            lambda: client.list_orders(symbol="btcusd"),
            lambda: client.create_order(**TERMS, counterparty_id=self.note[:8]),
            lambda: client.create_order(**{**TERMS, "amount": object()}),
            lambda: client.list_trades(extra_headers={"X-GEMINI-SIGNATURE": "x"}),
            lambda: client.recover(),
            lambda: strict.list_orders(),
            lambda: strict.create_order(**TERMS),
        ]
        if self.kind == "sync":
            for step in steps:
                self.end_of(step)
            strict.close()
            client.close()
        else:
            asyncio.run(self._call_async(client, steps))

    def end_of(self, step: Callable[[], Any]) -> None:
        """Run a step, and keep the texts of its result or error."""
        try:
            self.keep_result(step())
        except (ClearingError, TypeError) as error:
            self.keep(error)

    def keep_result(self, result: Any) -> None:
        """Keep the texts of a result."""
        self.errors += object_texts(type(result).__name__, result)

    async def _call_async(self, client: Any, steps: list[Callable[[], Any]]) -> None:
        for step in steps:
            try:
                self.keep_result(await step())
            except (ClearingError, TypeError) as error:
                self.keep(error)
        await client.aclose()  # the strict client has no connection

    def telemetry(self) -> Texts:
        """Return the texts of all spans and metrics."""
        spans = [("span", span.to_json()) for span in self.exporter.get_finished_spans()]
        data = self.reader.get_metrics_data()
        return [*spans, ("metrics", data.to_json() if data else "")]


@pytest.mark.parametrize("is_oauth", [False, True], ids=["key", "token"])
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@settings(max_examples=2, phases=[Phase.generate])
@given(secret=SECRETS, key=NAMES, note=NAMES, header=NAMES.map("header-{}".format))
def test_no_text_has_what_must_stay_hidden(
    kind: str, fault: Any, is_oauth: bool, secret: str, key: str, note: str, header: str
) -> None:
    """Neither events, spans, metrics, logs and warnings, nor errors, their crash reports, pickles and the journal."""
    case = Case(kind, secret, key, note, is_oauth, header)
    with TemporaryDirectory() as folder, simulated_time(), recorded_process() as texts:
        case.call(fault, Path(folder) / "journal.db")
        journal = [(path.name, path.read_bytes().decode("latin-1")) for path in Path(folder).iterdir()]

    assert found_in([*case.observed, *case.telemetry(), *texts], case.unobserved) == []
    assert found_in(journal, {**case.hidden, "header": header, **({} if is_oauth else {"key": key})}) == []
    assert fault not in QUIET or found_in(case.errors, {"header": header}) == []
    assert found_in(case.errors, case.hidden if fault in QUIET else {"secret": secret} if not is_oauth else {}) == []


COMMANDS = [
    ("order", "new", "--symbol", "btcusd", "--amount", "2", "--price", "9500.00", "--side", "buy", "--yes"),
    ("order", "status", "P0521QDV"),
    ("order", "list"),
    ("trades",),
    ("explain", "order", "list"),
    ("config",),
    ("order", "list", "--limit", "x"),
]


@pytest.mark.parametrize("is_oauth", [False, True], ids=["key", "token"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@settings(max_examples=1, phases=[Phase.generate])
@given(secret=SECRETS, key=NAMES)
def test_no_output_of_a_command_has_what_must_stay_hidden(fault: Any, is_oauth: bool, secret: str, key: str) -> None:
    """Neither stdout nor stderr, in any format, also if the exchange or the transport repeats the call."""
    case = Case("sync", secret, key, key, is_oauth)
    identity = {"GEMINI_OAUTH_TOKEN": secret}
    if not is_oauth:
        identity = {"GEMINI_API_KEY": f"account-{key}", "GEMINI_API_SECRET": secret}
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, simulated_time(), TemporaryDirectory() as folder:
        for name in ("GEMINI_API_KEY", "GEMINI_API_SECRET", "GEMINI_OAUTH_TOKEN"):
            patch.delenv(name, raising=False)
        variables = {**identity, "GEMINI_BASE_URL": BASE_URL, "GEMINI_CLEARING_CONFIG": f"{folder}/none.toml"}
        for name, value in variables.items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            for command in COMMANDS:
                for form in ([], ["--json"], ["--csv"])[: 2 if command[0] == "explain" else 3]:
                    run([*command, *form], transport=httpx.MockTransport(case.respond(fault)))

    assert found_in([("output", out.getvalue())], {**case.hidden, **case.signed}) == []

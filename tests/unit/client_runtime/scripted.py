"""
Helpers for the tests of the runtime: two small operations, and a substitute for network and signer.

`drive` runs a call without I/O: a script has the response to each request, and the course of the call is recorded. A
write that was rejected may be followed by queries. They have a separate script.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import httpx
import pytest

from gemini_clearing_auth import PARAMETERS_EXTENSION, SIGNED_EXTENSION, SignedPayload
from gemini_clearing_runtime import (
    Argument,
    AsyncClient,
    Client,
    DecimalText,
    ErrorFormat,
    Operation,
    RawResponse,
    ResolveByStatus,
    Response,
    String,
    model,
    wire,
)
from gemini_clearing_runtime import _time as runtime_time
from gemini_clearing_runtime._call import CallSteps, run_call
from gemini_clearing_runtime._context import CallContext
from gemini_clearing_runtime._evidence import EVIDENCE
from gemini_clearing_runtime._hooks import Notify, run_hook
from gemini_clearing_runtime._operation import serialize_arguments
from gemini_clearing_runtime._steps import Send, Step, Wait
from gemini_clearing_runtime.errors import REJECTIONS, CancelFailedError, ClearingError, RejectedError

_numbers = itertools.count()
Handler = Callable[[httpx.Request], httpx.Response]

BASE_URL = "https://exchange.test"
SUCCESS = b'{"clearing_id":"A1"}'


@model
class Receipt(Response):
    """The response of both operations."""

    clearing_id: str
    result: str | None = None
    status: str | None = None
    price: Decimal | None = wire(DecimalText(), default=None)


ERRORS = ErrorFormat(
    marks={"result": {"error": RejectedError, "failed": CancelFailedError}},
    reason=("reason", "error.reason", "error.code", "error"),
    message=("message", "details", "error.message"),
    known_reasons=frozenset(REJECTIONS),
    inconclusive=frozenset({"InvalidNonce", "Maintenance", "RateLimit"}),
)
READ = Operation(
    "read_it",
    "/v1/read",
    lambda: Receipt,
    arguments=(Argument("clearing_id", String()),),
    errors=ERRORS,
    safe_to_repeat=True,
    rejected=("error",),
)
WRITE = Operation(
    "write_it",
    "/v1/write",
    lambda: Receipt,
    arguments=(Argument("clearing_id", String(), required=True), Argument("sub_account", String(), wire="account")),
    account="sub_account",
    errors=ERRORS,
    safe_to_repeat=False,
    rejected=("error", "failed"),
    resolve=ResolveByStatus(
        operation=READ,
        match={"clearing_id": "clearing_id"},
        status="status",
        executed=("done",),
        not_executed=("undone",),
    ),
)


class ReadWrite:
    """The two operations as methods, for both clients."""

    _environments: ClassVar[Mapping[str, str]] = {"sandbox": BASE_URL, "production": "https://real.exchange.test"}
    _operations: ClassVar[Mapping[str, Operation[Any]]] = {"read_it": READ, "write_it": WRITE}
    _call: Any

    def read(self) -> Any:
        """Call the read."""
        return self._call(READ, clearing_id="A1")

    def write(self, **arguments: Any) -> Any:
        """Call the write."""
        return self._call(WRITE, **{"clearing_id": "A1", **arguments})


class DemoClient(ReadWrite, Client):
    """A client with blocking calls."""


class AsyncDemoClient(ReadWrite, AsyncClient):
    """A client with awaitable calls."""


def response(status: int = 200, content: bytes = SUCCESS, **headers: str) -> RawResponse:
    """Return a response."""
    return RawResponse(
        status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, content=content
    )


def error_response(status: int, reason: str, **headers: str) -> RawResponse:
    """Return an error response in the documented form."""
    return response(status, b'{"result":"error","reason":"%s","message":"No."}' % reason.encode(), **headers)


@attrs.frozen
class Unsent:
    """A failure before a byte of the request was written: before it is signed, unless `signed`."""

    error: BaseException
    signed: bool = False


DONE, UNDONE, UNREADABLE = (
    response(200, b'{"clearing_id":"A1","status":"%s"}' % status) for status in (b"done", b"undone", b"?")
)
"""Responses to a query: the write was executed, was not, and a status from which neither follows."""

Given = RawResponse | BaseException | Unsent


@attrs.define
class Course:
    """The course of a call."""

    sent: list[httpx.Request] = attrs.field(factory=list)
    """The attempts of the call."""
    queries: list[httpx.Request] = attrs.field(factory=list)
    """The queries about a write's attempts."""
    pauses: list[float] = attrs.field(factory=list)
    """The waits before attempts."""
    query_pauses: list[float] = attrs.field(factory=list)
    """The waits before queries."""
    end: Any = None

    def nonces(self) -> list[int | str | None]:
        """Return the nonces of the attempts that were signed."""
        signed = [request.extensions.get(SIGNED_EXTENSION) for request in self.sent]
        return [payload.nonce for payload in signed if payload is not None]


def new_context(**options: Any) -> CallContext:
    """Return what the calls of a client share, without a client."""
    return CallContext(**{"base_url": httpx.URL(BASE_URL), "headers": [], "key": "key", **options})


def start(operation: Operation[Any], context: CallContext | None = None, timeout_s: float = 30) -> CallSteps[Any]:
    """Start a call whose steps the test performs itself."""
    sent = serialize_arguments(operation, {"clearing_id": "A1"})
    return run_call(context or new_context(), operation, sent, deadline=runtime_time.monotonic() + timeout_s)


def sending(step: Step) -> Send:
    """Return the step, which sends a request."""
    assert isinstance(step, Send)
    return step


def drive(
    operation: Operation[Any],
    script: Iterable[Given],
    timeout_s: float = 30,
    *,
    replies: Sequence[Given] = (UNDONE,),
    context: CallContext | None = None,
) -> Course:
    """
    Run a call through a script. Its end is the result, or one of the client's errors.

    Args:
        operation: the operation to call.
        script: what happens to each attempt.
        timeout_s: the time of the call. Only waits use it up.
        replies: what happens to each query; the last one happens to all further ones, too.
        context: the client's part, if the test needs it.
    """
    course, given = Course(), _Given(operation, iter(script), iter(replies))
    clock, waited = runtime_time.monotonic, [0.0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime_time, "monotonic", lambda: clock() + sum(waited))
        steps = start(operation, context, timeout_s)
        try:
            _perform(steps, course, given, waited)
        except ClearingError as error:
            course.end = error
    return course


@attrs.define
class _Given:
    """The script of a call."""

    operation: Operation[Any]
    script: Iterator[Given]
    replies: Iterator[Given]
    last_reply: Given | None = None

    def is_query(self, request: httpx.Request) -> bool:
        """Return whether the request is a query of a write."""
        return request.url.path != self.operation.path

    def to(self, request: httpx.Request) -> Given:
        """Return what happens to this request."""
        if self.is_query(request):
            self.last_reply = next(self.replies, self.last_reply)
            assert self.last_reply is not None, "the script has no reply"
            return self.last_reply
        given = next(self.script, None)
        assert given is not None, "the call has more attempts than the script"
        return given


def _perform(steps: CallSteps[Any], course: Course, script: _Given, waited: list[float]) -> None:
    """Perform the steps of a call, and record its course."""
    pauses: list[float] = []
    try:
        step = next(steps)
        while True:
            if isinstance(step, Notify):
                step = notify(steps, step)
                continue
            if isinstance(step, Wait):
                pauses.append(step.seconds)
                step = _wait(steps, step, waited)
                continue
            is_query = script.is_query(step.request)
            (course.queries if is_query else course.sent).append(step.request)
            (course.query_pauses if is_query else course.pauses).extend(pauses)
            pauses.clear()
            given = script.to(step.request)
            send(step.request, given, nonce=len(course.sent) + len(course.queries))
            given = given.error if isinstance(given, Unsent) else given
            step = steps.throw(given) if isinstance(given, BaseException) else steps.send(given)
    except StopIteration as end:
        course.end = end.value


def notify(steps: CallSteps[Any], step: Step) -> Step:
    """Call the hook of the step, and return the next step."""
    assert isinstance(step, Notify)
    run_hook(step.hook, step.event)
    return steps.send(None)


def _wait(steps: CallSteps[Any], step: Wait, waited: list[float]) -> Step:
    waited.append(step.seconds)
    return steps.send(None)


def send(request: httpx.Request, given: object, nonce: int) -> None:
    """Do what signer and connection do to a request, unless it fails before them."""
    if not isinstance(given, Unsent) or given.signed:
        sign(request, nonce)
    if not isinstance(given, Unsent):
        request.extensions[EVIDENCE]()


def sign(request: httpx.Request, nonce: int | str) -> None:
    """Do what the signer does to a request, as far as the runtime can see it."""
    parameters = request.extensions.pop(PARAMETERS_EXTENSION)
    request.extensions[SIGNED_EXTENSION] = SignedPayload.of(parameters, request="/v1/x", nonce=nonce)


def run(kind: str, handler: Handler, act: Callable[[Any], Any], **options: Any) -> Any:
    """Use a new client of either kind, whose requests go to the handler. It has a new key unless one is given."""
    options = {"api_key": f"account-client-{next(_numbers)}", "api_secret": "demo", **options}
    if kind == "sync":
        with DemoClient(transport=httpx.MockTransport(handler), **options) as client:
            return act(client)

    async def do() -> Any:
        async with AsyncDemoClient(transport=httpx.MockTransport(handler), **options) as client:
            return await act(client)

    return asyncio.run(do())


class Trickle(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that arrives in pieces. Each piece is a call, which may take time or raise."""

    def __init__(self, *pieces: Callable[[], bytes]) -> None:
        self.pieces = pieces
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            yield piece()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece()

    def close(self) -> None:
        """Record that the stream was closed."""
        self.closed = True

    async def aclose(self) -> None:
        """Record that the stream was closed."""
        self.closed = True


def rejection(status: int, reason: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Return an error response of the exchange."""
    body = {"result": "error", "reason": reason, "message": "No."}
    return httpx.Response(status, json=body, headers=headers)

"""
Helpers for the tests of the runtime: two small operations, and a substitute for network and signer.

`drive` runs a call without I/O: a script has the response to each request, and the course of the call is recorded.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import httpx

from gemini_clearing_auth import PARAMETERS_EXTENSION, SIGNED_EXTENSION, SignedPayload
from gemini_clearing_runtime import (
    Argument,
    AsyncClient,
    Client,
    DecimalText,
    ErrorFormat,
    Model,
    Operation,
    RawResponse,
    ResolveByStatus,
    String,
    model,
    wire,
)
from gemini_clearing_runtime._call import Send, Wait, run_call
from gemini_clearing_runtime._evidence import EVIDENCE
from gemini_clearing_runtime.errors import CancelFailedError, ClearingError, RejectedError

_numbers = itertools.count()
Handler = Callable[[httpx.Request], httpx.Response]

BASE_URL = "https://exchange.test"
SUCCESS = b'{"clearing_id":"A1"}'


@model
class Receipt(Model):
    """The response of both operations."""

    clearing_id: str
    result: str | None = None
    status: str | None = None
    price: Decimal | None = wire(DecimalText(), default=None)


ERRORS = ErrorFormat(
    marks={"result": {"error": RejectedError, "failed": CancelFailedError}},
    reason=("reason", "error.reason", "error.code", "error"),
    message=("message", "details", "error.message"),
)
READ = Operation(
    "read_it",
    "/v1/read",
    Receipt,
    arguments=(Argument("clearing_id", String()),),
    errors=ERRORS,
    safe_to_repeat=True,
)
WRITE = Operation(
    "write_it",
    "/v1/write",
    Receipt,
    arguments=(Argument("clearing_id", String(), required=True), Argument("sub_account", String(), wire="account")),
    account="sub_account",
    errors=ERRORS,
    safe_to_repeat=False,
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


@attrs.define
class Course:
    """The course of a call."""

    sent: list[httpx.Request] = attrs.field(factory=list)
    pauses: list[float] = attrs.field(factory=list)
    end: Any = None


def drive(
    operation: Operation[Any], script: Iterable[RawResponse | BaseException | Unsent], timeout_s: float = 30
) -> Course:
    """Run a call through a script. Its end is the result, or one of the client's errors."""
    course, responses = Course(), iter(script)
    steps = run_call(
        operation, b'{"clearing_id":"A1"}', url=httpx.URL(BASE_URL + operation.path), headers=[], timeout_s=timeout_s
    )
    try:
        step: Send | Wait = next(steps)
        while True:
            if isinstance(step, Wait):
                course.pauses.append(step.seconds)
                step = steps.send(None)
                continue
            course.sent.append(step.request)
            given = next(responses)
            send(step.request, given, nonce=len(course.sent))
            given = given.error if isinstance(given, Unsent) else given
            step = steps.throw(given) if isinstance(given, BaseException) else steps.send(given)
    except StopIteration as end:
        course.end = end.value
    except ClearingError as error:
        course.end = error
    return course


def send(request: httpx.Request, given: object, nonce: int) -> None:
    """Do what signer and connection do to a request, unless it fails before them."""
    if not isinstance(given, Unsent) or given.signed:
        sign(request, nonce)
    if not isinstance(given, Unsent):
        request.extensions[EVIDENCE]()


def sign(request: httpx.Request, nonce: int) -> None:
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

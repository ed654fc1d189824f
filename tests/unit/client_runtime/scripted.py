"""
What the tests of the runtime share: two operations of their own, and a stand-in for network and signer.

`drive` leads a conversation without any I/O: it gives the answers of a script, and notes what was asked for.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import httpx

from gemini_clearing_auth import SignedPayload
from gemini_clearing_runtime import (
    Argument,
    AsyncClient,
    Client,
    DecimalText,
    Model,
    Operation,
    RawResponse,
    ResolveByStatus,
    String,
    model,
    wire,
)
from gemini_clearing_runtime._call import SIGNED, Send, Wait, run_call
from gemini_clearing_runtime.errors import ClearingError

_names = itertools.count()
Handler = Callable[[httpx.Request], httpx.Response]

BASE_URL = "https://exchange.test"
FINE = b'{"clearing_id":"A1"}'


@model
class Receipt(Model):
    """What both operations answer."""

    clearing_id: str
    result: str | None = None
    status: str | None = None
    price: Decimal | None = wire(DecimalText(), default=None)


READ = Operation("read_it", "/v1/read", Receipt, arguments=(Argument("clearing_id", String()),), safe_to_repeat=True)
WRITE = Operation(
    "write_it",
    "/v1/write",
    Receipt,
    arguments=(Argument("clearing_id", String(), required=True), Argument("account", String())),
    safe_to_repeat=False,
    resolve=ResolveByStatus(
        operation=READ, match={"clearing_id": "clearing_id"}, executed=("done",), not_executed=("undone",)
    ),
)


class ReadWrite:
    """The two operations as methods, for either client."""

    _environments: ClassVar[Mapping[str, str]] = {"sandbox": BASE_URL, "production": "https://real.exchange.test"}
    _call: Any

    def read(self) -> Any:
        """Call the one that may be repeated."""
        return self._call(READ, clearing_id="A1")

    def write(self, **arguments: Any) -> Any:
        """Call the one that must not be."""
        return self._call(WRITE, **{"clearing_id": "A1", **arguments})


class DemoClient(ReadWrite, Client):
    """A client whose calls block."""


class AsyncDemoClient(ReadWrite, AsyncClient):
    """A client whose calls are awaited."""


def answer(status: int = 200, content: bytes = FINE, **headers: str) -> RawResponse:
    """An answer as it comes from below."""
    return RawResponse(
        status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, content=content
    )


def refusal(status: int, reason: str, **headers: str) -> RawResponse:
    """A refusal in the form that is documented."""
    return answer(status, b'{"result":"error","reason":"%s","message":"No."}' % reason.encode(), **headers)


@attrs.frozen
class Unsent:
    """A failure before the request was signed."""

    error: BaseException


@attrs.define
class Course:
    """How a conversation went."""

    sent: list[httpx.Request] = attrs.field(factory=list)
    pauses: list[float] = attrs.field(factory=list)
    end: Any = None


def drive(
    operation: Operation[Any], script: Iterable[RawResponse | BaseException | Unsent], timeout_s: float = 30
) -> Course:
    """Lead a conversation through a script; its end is the result, or the error of the project's own."""
    course, answers = Course(), iter(script)
    conversation = run_call(
        operation, b'{"clearing_id":"A1"}', url=httpx.URL(BASE_URL + operation.path), headers=[], timeout_s=timeout_s
    )
    try:
        step: Send | Wait = next(conversation)
        while True:
            if isinstance(step, Wait):
                course.pauses.append(step.seconds)
                step = conversation.send(None)
                continue
            course.sent.append(step.request)
            given = next(answers)
            if isinstance(given, Unsent):
                step = conversation.throw(given.error)
                continue
            nonce = len(course.sent)
            step.request.extensions[SIGNED] = SignedPayload.of(step.request.content, request="/v1/x", nonce=nonce)
            step = conversation.throw(given) if isinstance(given, BaseException) else conversation.send(given)
    except StopIteration as ended:
        course.end = ended.value
    except ClearingError as error:
        course.end = error
    return course


def run(kind: str, handler: Handler, act: Callable[[Any], Any], **options: Any) -> Any:
    """Do something with a client of either kind whose requests come to the handler; the key is a new one."""
    options = {"api_key": f"account-client-{next(_names)}", "api_secret": "demo", **options}
    if kind == "sync":
        with DemoClient(transport=httpx.MockTransport(handler), **options) as client:
            return act(client)

    async def do() -> Any:
        async with AsyncDemoClient(transport=httpx.MockTransport(handler), **options) as client:
            return await act(client)

    return asyncio.run(do())


class Trickle(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes in pieces; each is made by a call, so that it may take time or fail."""

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
        """Note the end."""
        self.closed = True

    async def aclose(self) -> None:
        """Note the end."""
        self.closed = True

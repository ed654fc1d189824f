"""
The base classes of the generated clients: they perform the steps of a call with httpx, sync and async.

`_call` decides what the steps are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from functools import partial
from typing import Any, ClassVar, Self, TypeVar, Unpack

import httpx

from . import _time
from ._attempt import Send, Wait
from ._attempt_record import resolved_facts
from ._body import BodyReader
from ._call import CallSteps, query_outcome, run_call
from ._doubt import Doubt
from ._explanation import Explaining
from ._gate import AsyncGate, Gate
from ._model import Model
from ._operation import Operation, arguments_of
from ._outcome import Resolution
from ._recovery import AsyncRecovery, Recovery, check_seconds
from ._response import RawResponse
from ._settings import Options, Settings, options_from_environment, settings_from
from ._transport import AsyncNetworkTransport, NetworkTransport
from .errors import RESOLVE_TIMEOUT_S, SETTLE_S, ArgumentError, MaybeExecutedError, NotSentError

__all__ = ["AsyncClient", "Client"]

R = TypeVar("R", bound=Model)
S = TypeVar("S")
T = TypeVar("T")


class _BaseClient(Explaining):
    """The settings of both clients, and the start of a call."""

    _environments: ClassVar[Mapping[str, str]]
    """The spec's servers: base URLs by the name of the environment."""

    def _start(self, operation: Operation[R], arguments: Mapping[str, Any]) -> CallSteps[R]:
        sent = self._sent(operation, arguments)
        deadline = _time.monotonic() + self._settings.timeout_s
        return run_call(self._context, operation, sent, deadline=deadline)

    def _queries(self, error: MaybeExecutedError, timeout: float, settle: float) -> CallSteps[Any]:
        """Return the steps that resolve an error. It may come from another client, or from another process."""
        check_seconds(timeout=timeout, settle=settle)
        if not isinstance(error, MaybeExecutedError):
            raise ArgumentError(f"invalid error: {error!r}. Only a MaybeExecutedError has an outcome to resolve.")
        operation = self._operations.get(error.operation)
        if operation is None or not error.payload:
            raise ArgumentError(f"unknown request: {error.operation} {error.payload!r}. Pass an error of this client.")
        if error._resolution is not None:
            return _resolved(error._resolution)
        steps = query_outcome(
            self._context,
            operation,
            Doubt.of(operation, error),
            deadline=_time.monotonic() + timeout,
            settle_s=settle,
            fenced=False,
        )
        return self._recorded(steps, operation, error)

    def _recorded(self, steps: CallSteps[Any], operation: Operation[Any], error: MaybeExecutedError) -> CallSteps[Any]:
        """Run the steps that resolve an error, and record the outcome in the journal."""
        resolution = yield from steps
        if self._context.journal is not None and error.attempt_id is not None:
            found = resolved_facts(operation, arguments_of(operation, error.payload), resolution)
            self._context.journal.record_resolution(error.attempt_id, **found)
        return resolution

    def __repr__(self) -> str:
        # A traceback with locals also prints a client whose constructor raised.
        settings: Settings | None = getattr(self, "_settings", None)
        return f"{type(self).__name__}(base_url={str(settings.base_url) if settings else None!r})"


class Client(_BaseClient, Recovery):
    """A client with blocking calls. Threads may share it."""

    def __init__(self, *, transport: httpx.BaseTransport | None = None, **options: Unpack[Options]) -> None:
        """Create a client. An httpx `transport`, if given, replaces the network."""
        self._settings = settings_from(self._environments, options, client=Client)
        _check_transport(transport, "handle_request", httpx.BaseTransport, self._settings)
        network = NetworkTransport(self._settings.route()) if transport is None else transport
        gate = Gate(network, self._settings.key_pause(transport))
        self._http = httpx.Client(auth=self._settings.auth, transport=gate, follow_redirects=False, trust_env=False)

    @classmethod
    def from_env(cls, *, transport: httpx.BaseTransport | None = None, **overrides: Unpack[Options]) -> Self:
        """
        Create a client from environment variables; `overrides` take precedence.

        The variables are `GEMINI_API_KEY` and `GEMINI_API_SECRET` (or `GEMINI_OAUTH_TOKEN`), `GEMINI_ENVIRONMENT` or
        `GEMINI_BASE_URL`, and `GEMINI_ACCOUNT`.
        """
        return cls(transport=transport, **options_from_environment(overrides))

    def close(self) -> None:
        """Close the connections, and the journal that this client has opened. Later calls raise `NotSentError`."""
        self._http.close()
        if self._settings.owns_journal and self._settings.journal is not None:
            self._settings.journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, operation: Operation[R], /, **arguments: Any) -> R:
        steps = self._start(operation, arguments)
        try:
            return _run(steps, self._perform)
        except MaybeExecutedError as error:
            error._resolve = partial(self.resolve, error)
            raise

    def _perform(self, step: Send | Wait) -> RawResponse | None:
        if isinstance(step, Wait):
            _time.sleep(step.seconds)
            return None
        if self._http.is_closed:
            raise NotSentError("the client is closed. Create a new one.")
        response = self._http.send(step.request, stream=True)
        try:
            body = BodyReader(response, self._settings.max_response_bytes)
            if not response.is_stream_consumed:
                for piece in response.iter_raw():
                    body.feed(piece)
                    _check_deadline(step)
        finally:
            response.close()
        return _raw(response, body)

    def resolve(
        self, error: MaybeExecutedError, *, timeout: float = RESOLVE_TIMEOUT_S, settle: float = SETTLE_S
    ) -> Resolution:
        """
        Query the exchange for the outcome of the request that an error reports.

        The error may come from another client or process: pickled, or as `MaybeExecutedError.from_dict(facts)`. Use
        the API key that sent the request.

        Args:
            error: the error.
            timeout: seconds after which the outcome is ambiguous.
            settle: seconds for which the exchange's lists may lag behind its book. *Not executed* takes that long.

        Raises:
            ArgumentError: the error does not report a request of this API.
            ClearingError: a query failed. The outcome is as unknown as before.
        """
        resolution: Resolution = _run(self._queries(error, timeout, settle), self._perform)
        return resolution


class AsyncClient(_BaseClient, AsyncRecovery):
    """A client with awaitable calls, for asyncio. Tasks of one event loop may share it."""

    def __init__(self, *, transport: httpx.AsyncBaseTransport | None = None, **options: Unpack[Options]) -> None:
        """Create a client. An httpx `transport`, if given, replaces the network."""
        self._settings = settings_from(self._environments, options, client=AsyncClient)
        _check_transport(transport, "handle_async_request", httpx.AsyncBaseTransport, self._settings)
        network = AsyncNetworkTransport(self._settings.route()) if transport is None else transport
        gate = AsyncGate(network, self._settings.key_pause(transport))
        self._http = httpx.AsyncClient(
            auth=self._settings.auth, transport=gate, follow_redirects=False, trust_env=False
        )

    @classmethod
    def from_env(cls, *, transport: httpx.AsyncBaseTransport | None = None, **overrides: Unpack[Options]) -> Self:
        """
        Create a client from environment variables; `overrides` take precedence.

        The variables are `GEMINI_API_KEY` and `GEMINI_API_SECRET` (or `GEMINI_OAUTH_TOKEN`), `GEMINI_ENVIRONMENT` or
        `GEMINI_BASE_URL`, and `GEMINI_ACCOUNT`.
        """
        return cls(transport=transport, **options_from_environment(overrides))

    async def aclose(self) -> None:
        """Close the connections, and the journal that this client has opened. Later calls raise `NotSentError`."""
        await self._http.aclose()
        if (journal := self._settings.journal) is not None:
            await asyncio.wrap_future(journal._submit(_nothing))  # the ends that are still to be written are before it
            if self._settings.owns_journal:
                await asyncio.to_thread(journal.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _call(self, operation: Operation[R], /, **arguments: Any) -> R:
        _check_event_loop(self)
        steps = self._start(operation, arguments)
        try:
            return await _run_async(steps, self._perform)
        except MaybeExecutedError as error:
            error._resolve_async = partial(self.resolve, error)
            raise

    async def _perform(self, step: Send | Wait) -> RawResponse | None:
        if isinstance(step, Wait):
            await _time.sleep_async(step.seconds)
            return None
        if self._http.is_closed:
            raise NotSentError("the client is closed. Create a new one.")
        response = await self._http.send(step.request, stream=True)
        try:
            body = BodyReader(response, self._settings.max_response_bytes)
            if not response.is_stream_consumed:
                async for piece in response.aiter_raw():
                    body.feed(piece)
                    _check_deadline(step)
        finally:
            await response.aclose()
        return _raw(response, body)

    async def resolve(
        self, error: MaybeExecutedError, *, timeout: float = RESOLVE_TIMEOUT_S, settle: float = SETTLE_S
    ) -> Resolution:
        """
        Query the exchange for the outcome of the request that an error reports.

        The error may come from another client or process: pickled, or as `MaybeExecutedError.from_dict(facts)`. Use
        the API key that sent the request.

        Args:
            error: the error.
            timeout: seconds after which the outcome is ambiguous.
            settle: seconds for which the exchange's lists may lag behind its book. *Not executed* takes that long.

        Raises:
            ArgumentError: the error does not report a request of this API.
            ClearingError: a query failed. The outcome is as unknown as before.
        """
        return await _run_async(self._queries(error, timeout, settle), self._perform)

    def _run_for_journal(self, function: Callable[[], None]) -> None:
        """Run a function in the journal's thread. The caller does not wait for it: the result of a call is known."""
        self._journal()._submit(function)


def _nothing() -> None:
    """Do nothing."""


def _resolved(resolution: Resolution) -> CallSteps[Any]:
    """Return steps that do nothing, for an outcome that is known already."""
    return resolution
    yield


def _run(steps: Generator[S, Any, T], perform: Callable[[S], Any]) -> T:
    """Perform the steps of a generator: send it each result, or throw the exception, until it returns."""
    try:
        step = next(steps)
        while True:
            try:
                result = perform(step)
            except BaseException as exc:
                step = steps.throw(exc)
            else:
                step = steps.send(result)
    except StopIteration as end:
        returned: T = end.value
        return returned


async def _run_async(steps: Generator[S, Any, T], perform: Callable[[S], Awaitable[Any]]) -> T:
    """Do the same as `_run`, for steps that are awaited."""
    try:
        step = next(steps)
        while True:
            try:
                result = await perform(step)
            except BaseException as exc:
                step = steps.throw(exc)
            else:
                step = steps.send(result)
    except StopIteration as end:
        returned: T = end.value
        return returned


def _check_transport(transport: object, method: str, base: type, settings: Settings) -> None:
    """Reject the transport of the other client: found in a call, the mistake would look like a lost order."""
    if transport is None:
        return
    if not hasattr(transport, method):
        raise ArgumentError(f"invalid transport: {type(transport).__name__}. Pass an httpx.{base.__name__}.")
    for name in ("proxy", "verify"):
        if getattr(settings, name) is not None:
            raise ArgumentError(f"transport and {name} are both given. Pass {name} to the transport instead.")


def _check_event_loop(client: AsyncClient) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise NotSentError(
            f"{type(client).__name__} was called without a running asyncio event loop, and sent nothing. "
            "Call it under asyncio, or use the client with blocking calls."
        ) from None


def _check_deadline(step: Send) -> None:
    """Give up on a response whose body is not complete at the deadline; httpx has a timeout for each chunk only."""
    if _time.monotonic() > step.deadline:
        raise httpx.ReadTimeout("the response was not complete in time", request=step.request)


def _raw(response: httpx.Response, body: BodyReader) -> RawResponse:
    return RawResponse(status=response.status_code, headers=dict(response.headers), content=body.finish())

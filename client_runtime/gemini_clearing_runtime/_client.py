"""
The clients that the generated ones derive from: they drive conversations over httpx, sync and async.

What a call means stands in `_call`; here is nothing but sending, waiting and closing.
"""

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any, ClassVar, Self, TypeVar, Unpack

import httpx

from . import _time
from ._call import CallSteps, Send, Wait, run_call
from ._model import Model
from ._operation import Operation, encode_arguments
from ._outcome import Resolution
from ._reconciliation import queries
from ._response import RawResponse
from ._settings import Options, Settings, options_from_environment, settings_from
from .errors import ArgumentError, MaybeExecutedError, NotSentError, OrderNotFoundError

__all__ = ["AsyncClient", "Client"]

R = TypeVar("R", bound=Model)


class _BaseClient:
    """What both clients share: their settings, and the steps that a call becomes."""

    _environments: ClassVar[Mapping[str, str]]
    """Base URLs by environment; the spec's servers."""

    _settings: Settings

    @cached_property
    def _headers(self) -> list[tuple[bytes, bytes]]:
        return self._settings.headers()

    @cached_property
    def _urls(self) -> dict[str, httpx.URL]:
        return {}

    def _steps(self, operation: Operation[R], arguments: Mapping[str, Any]) -> CallSteps[R]:
        if self._settings.account is not None and arguments.get("account") is None:
            arguments = {**arguments, "account": self._settings.account}
        url = self._urls.get(operation.path)
        if url is None:
            url = self._urls[operation.path] = self._settings.url(operation.path)
        body = encode_arguments(operation, arguments)
        return run_call(operation, body, url=url, headers=self._headers, timeout_s=self._settings.timeout_s)

    def __repr__(self) -> str:
        # Also asked of a half-built client, by what prints the traceback of a refused option.
        settings: Settings | None = getattr(self, "_settings", None)
        return f"{type(self).__name__}(base_url={str(settings.base_url) if settings else None!r})"


class Client(_BaseClient):
    """A client whose calls block; safe to share between threads."""

    def __init__(self, *, transport: httpx.BaseTransport | None = None, **options: Unpack[Options]) -> None:
        """Set the client up, with an httpx `transport` in place of the network where one is given."""
        self._settings = settings_from(self._environments, options)
        _check_transport(transport, "handle_request")
        self._http = httpx.Client(auth=self._settings.auth, transport=transport, follow_redirects=False)

    @classmethod
    def from_env(cls, *, transport: httpx.BaseTransport | None = None, **overrides: Unpack[Options]) -> Self:
        """
        Set a client up from the environment; `overrides` go before it.

        Reads `GEMINI_API_KEY` and `GEMINI_API_SECRET` (or `GEMINI_OAUTH_TOKEN`), `GEMINI_ENVIRONMENT` or
        `GEMINI_BASE_URL`, and `GEMINI_ACCOUNT`.
        """
        return cls(transport=transport, **options_from_environment(overrides))

    def close(self) -> None:
        """Close the connections; a call after that is not sent."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, operation: Operation[R], /, **arguments: Any) -> R:
        steps = self._steps(operation, arguments)
        try:
            return self._drive(steps)
        except MaybeExecutedError as error:
            error._resolve = partial(self._ask, operation, error)
            raise

    def _drive(self, steps: CallSteps[R]) -> R:
        try:
            step = next(steps)
            while True:
                try:
                    raw = self._do(step)
                except BaseException as exc:
                    step = steps.throw(exc)
                else:
                    step = steps.send(raw)
        except StopIteration as end:
            result: R = end.value
            return result

    def _do(self, step: Send | Wait) -> RawResponse | None:
        if isinstance(step, Wait):
            _time.sleep(step.seconds)
            return None
        if self._http.is_closed:
            raise NotSentError("This client is closed: make a new one.")
        response = self._http.send(step.request, stream=True)
        try:
            chunks = []
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                _check_time(step)
        finally:
            response.close()
        return _raw(response, b"".join(chunks))

    def _ask(self, operation: Operation[Any], error: MaybeExecutedError) -> Resolution:
        asking = queries(operation, error)
        try:
            question = next(asking)
            while True:
                try:
                    answer = self._call(question.operation, **question.arguments)
                except OrderNotFoundError as refused:
                    question = asking.throw(refused)
                else:
                    question = asking.send(answer)
        except StopIteration as end:
            resolution: Resolution = end.value
            return resolution


class AsyncClient(_BaseClient):
    """A client whose calls are awaited, under asyncio; safe to share between tasks of one event loop."""

    def __init__(self, *, transport: httpx.AsyncBaseTransport | None = None, **options: Unpack[Options]) -> None:
        """Set the client up, with an httpx `transport` in place of the network where one is given."""
        self._settings = settings_from(self._environments, options)
        _check_transport(transport, "handle_async_request")
        self._http = httpx.AsyncClient(auth=self._settings.auth, transport=transport, follow_redirects=False)

    @classmethod
    def from_env(cls, *, transport: httpx.AsyncBaseTransport | None = None, **overrides: Unpack[Options]) -> Self:
        """
        Set a client up from the environment; `overrides` go before it.

        Reads `GEMINI_API_KEY` and `GEMINI_API_SECRET` (or `GEMINI_OAUTH_TOKEN`), `GEMINI_ENVIRONMENT` or
        `GEMINI_BASE_URL`, and `GEMINI_ACCOUNT`.
        """
        return cls(transport=transport, **options_from_environment(overrides))

    async def aclose(self) -> None:
        """Close the connections; a call after that is not sent."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _call(self, operation: Operation[R], /, **arguments: Any) -> R:
        steps = self._steps(operation, arguments)
        try:
            return await self._drive(steps)
        except MaybeExecutedError as error:
            error._resolve_async = partial(self._ask, operation, error)
            raise

    async def _drive(self, steps: CallSteps[R]) -> R:
        try:
            step = next(steps)
            while True:
                try:
                    raw = await self._do(step)
                except BaseException as exc:
                    step = steps.throw(exc)
                else:
                    step = steps.send(raw)
        except StopIteration as end:
            result: R = end.value
            return result

    async def _do(self, step: Send | Wait) -> RawResponse | None:
        if isinstance(step, Wait):
            await _time.sleep_async(step.seconds)
            return None
        if self._http.is_closed:
            raise NotSentError("This client is closed: make a new one.")
        response = await self._http.send(step.request, stream=True)
        try:
            chunks = []
            async for chunk in response.aiter_bytes():
                chunks.append(chunk)
                _check_time(step)
        finally:
            await response.aclose()
        return _raw(response, b"".join(chunks))

    async def _ask(self, operation: Operation[Any], error: MaybeExecutedError) -> Resolution:
        asking = queries(operation, error)
        try:
            question = next(asking)
            while True:
                try:
                    answer = await self._call(question.operation, **question.arguments)
                except OrderNotFoundError as refused:
                    question = asking.throw(refused)
                else:
                    question = asking.send(answer)
        except StopIteration as end:
            resolution: Resolution = end.value
            return resolution


def _check_transport(transport: object, method: str) -> None:
    """Refuse the other client's transport at once: found in a call, it would look like a lost order."""
    if transport is not None and not hasattr(transport, method):
        raise ArgumentError(f"transport must be one that has {method}, unlike {type(transport).__name__}.")


def _check_time(step: Send) -> None:
    """Give up on an answer that trickles in beyond the call's deadline."""
    if _time.monotonic() > step.deadline:
        raise httpx.ReadTimeout("the answer was not complete in time", request=step.request)


def _raw(response: httpx.Response, content: bytes) -> RawResponse:
    return RawResponse(status=response.status_code, headers=dict(response.headers), content=content)

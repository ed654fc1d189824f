"""
The base class of the generated client for asyncio: it performs the steps of a call.

`_call` decides what the steps are, and `_client` performs the same ones with blocking calls.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Never, Self, TypeVar

import httpx

from gemini_clearing_auth import Credentials, NonceSource, OAuthToken

from . import _time
from ._body import BodyReader
from ._certificates import Verify
from ._client_base import BaseClient, check_deadline, raw_response, run_steps_async
from ._defaults import DEFAULT_MAX_RESPONSE_BYTES, DEFAULT_TIMEOUT_S, FROM_ENVIRONMENT, given_options
from ._events import DriftEvent, ErrorEvent, RequestEvent, ResponseEvent
from ._fork_guard import FORK_GUARD
from ._hooks import Notify, run_hook_async
from ._iterators import AsyncRowIterator
from ._journal import Journal
from ._operation import Operation, Waiter, Walker
from ._outcome import Resolution
from ._polling import PollSchedule, Until
from ._recovery import AsyncRecovery
from ._response import RawResponse
from ._steps import Step, Wait
from .errors import RESOLVE_TIMEOUT_S, SETTLE_S, DriftError, MaybeExecutedError, NotSentError

if TYPE_CHECKING:
    from ._model import Model
    from ._sender import AsyncSender

__all__ = ["AsyncClient"]

R = TypeVar("R", bound="Model")


class AsyncClient(BaseClient, AsyncRecovery):
    """A client with awaitable calls, for asyncio. Tasks of one event loop may share it."""

    _awaits_hooks = True
    _transport_class = ("handle_async_request", httpx.AsyncBaseTransport)

    def __init__(
        self,
        *,
        api_key: str | None = None,
        api_secret: str | None = None,
        auth: OAuthToken | str | None = None,
        credentials: Credentials | None = None,
        environment: str | None = None,
        base_url: str | None = None,
        account: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        transport: httpx.AsyncBaseTransport | None = None,
        nonces: NonceSource | None = None,
        proxy: str | None = None,
        verify: Verify | None = None,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        journal: Journal | str | os.PathLike[str] | None = None,
        rate_limit: float | Literal["off"] | None = None,
        on_request: Callable[[RequestEvent], object] | None = None,
        on_response: Callable[[ResponseEvent], object] | None = None,
        on_error: Callable[[ErrorEvent], object] | None = None,
        on_unknown: Callable[[MaybeExecutedError], object] | None = None,
        on_drift: Callable[[DriftEvent], object] | None = None,
        strict: bool = False,
        **unknown: Never,
    ) -> None:
        """
        Create a client.

        Args:
            api_key: the API key, `account-…` or `master-…`.
            api_secret: the API secret, as the exchange displayed it.
            auth: an OAuth token, instead of key and secret.
            credentials: key and secret in one object.
            environment: `sandbox` (the default) or `production`.
            base_url: another address of the exchange, instead of `environment`; https, or http on this machine.
            account: the account that every call is for. Master keys need it.
            timeout: seconds that a call may take in total, retries included.
            transport: an httpx transport that replaces the network.
            nonces: the source of the nonces. The default is one incremental counter per key and process.
            proxy: the URL of an HTTP proxy. The default is `HTTPS_PROXY` or `ALL_PROXY`, unless `NO_PROXY` lists the
                exchange.
            verify: the certificates to trust: the path of a file or directory, or an `ssl.SSLContext`.
            max_response_bytes: the size of the largest response, after decompression.
            journal: a path or a `Journal`: each write is recorded in this file before it is sent. The file is kept
                after the process ends.
            rate_limit: attempts per second that all clients of the key start on average, in this process or with the
                same `FileNonces` or `RedisNonces`; or `off`. Bursts stay within 600 a minute, unless the rate itself
                is above 10. The default is 5, and `off` with `transport` and for an exchange on this machine.
            on_request: called with a `RequestEvent` before each attempt is sent. Each hook may be
                async.
            on_response: called with a `ResponseEvent` after each response.
            on_error: called with an `ErrorEvent` after each attempt that failed.
            on_unknown: called with the `MaybeExecutedError` of each write with an unknown outcome, also if the write
                was interrupted.
            on_drift: called once with a `DriftEvent` for each thing in a response that the spec does not list.
            strict: whether a call raises `DriftError` then, for CI and the sandbox. The error has the outcome.

        Raises:
            ArgumentError: an option is unknown or invalid.
            CredentialsError: key and secret, or a token, are missing or malformed.
            UnsignableRequestError: requests may not be signed for `base_url`.
            JournalError: the journal cannot be used.
        """
        options = given_options(locals())
        # A traceback can show the variables of this function.
        del api_key, api_secret, auth, credentials, environment, base_url, proxy, unknown
        self._prepare(options, transport)
        self._sender = self._make_sender(transport)

    @classmethod
    def from_env(
        cls,
        *,
        api_key: str | None = FROM_ENVIRONMENT,
        api_secret: str | None = FROM_ENVIRONMENT,
        auth: OAuthToken | str | None = FROM_ENVIRONMENT,
        credentials: Credentials | None = FROM_ENVIRONMENT,
        environment: str | None = FROM_ENVIRONMENT,
        base_url: str | None = FROM_ENVIRONMENT,
        account: str | None = FROM_ENVIRONMENT,
        timeout: float = DEFAULT_TIMEOUT_S,
        transport: httpx.AsyncBaseTransport | None = None,
        nonces: NonceSource | None = None,
        proxy: str | None = None,
        verify: Verify | None = None,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        journal: Journal | str | os.PathLike[str] | None = None,
        rate_limit: float | Literal["off"] | None = FROM_ENVIRONMENT,
        on_request: Callable[[RequestEvent], object] | None = None,
        on_response: Callable[[ResponseEvent], object] | None = None,
        on_error: Callable[[ErrorEvent], object] | None = None,
        on_unknown: Callable[[MaybeExecutedError], object] | None = None,
        on_drift: Callable[[DriftEvent], object] | None = None,
        strict: bool = False,
        **unknown: Never,
    ) -> Self:
        """
        Create a client from environment variables.

        The variables are `GEMINI_API_KEY` and `GEMINI_API_SECRET` (or `GEMINI_OAUTH_TOKEN`), `GEMINI_ENVIRONMENT` or
        `GEMINI_BASE_URL`, `GEMINI_ACCOUNT` and `GEMINI_RATE_LIMIT`. An argument takes precedence over its variable.

        Args:
            api_key: the API key, `account-…` or `master-…`.
            api_secret: the API secret, as the exchange displayed it.
            auth: an OAuth token, instead of key and secret.
            credentials: key and secret in one object.
            environment: `sandbox` (the default) or `production`.
            base_url: another address of the exchange, instead of `environment`; https, or http on this machine.
            account: the account that every call is for. Master keys need it.
            timeout: seconds that a call may take in total, retries included.
            transport: an httpx transport that replaces the network.
            nonces: the source of the nonces. The default is one incremental counter per key and process.
            proxy: the URL of an HTTP proxy. The default is `HTTPS_PROXY` or `ALL_PROXY`, unless `NO_PROXY` lists the
                exchange.
            verify: the certificates to trust: the path of a file or directory, or an `ssl.SSLContext`.
            max_response_bytes: the size of the largest response, after decompression.
            journal: a path or a `Journal`: each write is recorded in this file before it is sent. The file is kept
                after the process ends.
            rate_limit: attempts per second that all clients of the key start on average, in this process or with the
                same `FileNonces` or `RedisNonces`; or `off`. Bursts stay within 600 a minute, unless the rate itself
                is above 10. The default is 5, and `off` with `transport` and for an exchange on this machine.
            on_request: called with a `RequestEvent` before each attempt is sent. Each hook may be
                async.
            on_response: called with a `ResponseEvent` after each response.
            on_error: called with an `ErrorEvent` after each attempt that failed.
            on_unknown: called with the `MaybeExecutedError` of each write with an unknown outcome, also if the write
                was interrupted.
            on_drift: called once with a `DriftEvent` for each thing in a response that the spec does not list.
            strict: whether a call raises `DriftError` then, for CI and the sandbox. The error has the outcome.

        Raises:
            CredentialsError: no variable holds an identity, or two do.
            ArgumentError: an option is unknown or invalid, or two variables hold the exchange's address.
            UnsignableRequestError: requests may not be signed for `base_url`.
            JournalError: the journal cannot be used.
        """
        options = given_options(locals())
        # A traceback can show the variables of this function.
        del api_key, api_secret, auth, credentials, environment, base_url, proxy, unknown
        from ._settings import options_from_environment

        return cls(transport=transport, **options_from_environment(options))

    def _make_sender(self, transport: httpx.AsyncBaseTransport | None) -> "AsyncSender":
        with FORK_GUARD:
            from ._gate import AsyncGate
            from ._sender import AsyncSender

            if self._settings.journal is not None:
                import_module("concurrent.futures.thread")  # has `ThreadPoolExecutor`, imported on first use
        pause = self._settings.key_pause(transport)
        if transport is None:
            with FORK_GUARD:
                from ._async_transport import AsyncNetworkTransport
            transport = AsyncNetworkTransport(self._settings.route())
        return AsyncSender(self._settings.auth, AsyncGate(transport, pause))

    async def aclose(self) -> None:
        """Close the connections, and the journal that this client has opened. Later calls raise `NotSentError`."""
        await self._sender.close()
        if (journal := self._settings.journal) is not None:
            await asyncio.wrap_future(journal._submit(_nothing))  # the ends that are still to be written are before it
            if self._settings.owns_journal:
                await asyncio.to_thread(journal.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _call(
        self,
        operation: Operation[R],
        /,
        *,
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> R:
        _check_event_loop(self)
        steps = self._start(operation, arguments, timeout, extra_headers)
        try:
            return await run_steps_async(steps, self._perform)
        except MaybeExecutedError as error:
            error._resolve_async = partial(self.resolve, error)
            raise
        except DriftError as drifted:
            if drifted.error is None:
                raise  # after no function call: see `_call`
            if isinstance(drifted.error, MaybeExecutedError):
                drifted.error._resolve_async = partial(self.resolve, drifted.error)
            raise

    async def _wait(
        self,
        waiter: Waiter[R],
        /,
        *,
        until: Until[R],
        timeout: float,
        poll: float | PollSchedule | None,
        extra_headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> R:
        _check_event_loop(self)
        steps = self._start_wait(waiter, arguments, until, timeout, poll, extra_headers)
        return await run_steps_async(steps, self._perform)

    def _walk(self, walker: Walker[R], /, *, filters: Mapping[str, Any], **options: Any) -> AsyncRowIterator[R]:
        return AsyncRowIterator(
            self._start_walk(walker, filters, options), lambda page: run_steps_async(page, self._perform)
        )

    async def _perform(self, step: Step) -> RawResponse | None:
        if isinstance(step, Wait):
            await _time.sleep_async(step.seconds)
            return None
        if isinstance(step, Notify):
            await run_hook_async(step.hook, step.event)
            return None
        response = await self._sender.send(step.request)
        try:
            body = BodyReader(response, self._settings.max_response_bytes)
            if not response.is_stream_consumed:
                async for piece in response.aiter_raw():
                    body.feed(piece)
                    check_deadline(step)
        finally:
            await response.aclose()
        return raw_response(response, body)

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
        return await run_steps_async(self._queries(error, timeout, settle), self._perform)

    def _run_for_journal(self, function: Callable[[], None]) -> None:
        """Run a function in the journal's thread. The caller does not wait for it: the result of a call is known."""
        self._journal()._submit(function)


def _nothing() -> None:
    """Do nothing."""


def _check_event_loop(client: AsyncClient) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise NotSentError(
            f"{type(client).__name__} was called without a running asyncio event loop, and sent nothing. "
            "Call it under asyncio, or use the client with blocking calls."
        ) from None

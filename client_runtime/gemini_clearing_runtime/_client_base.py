"""The common part of the sync and the async client: the options of a call, and the steps of a call and of a query."""

# The constructor of the first client imports the modules that calls need, and the classes of the responses. So a
# program that only needs the class of the client starts faster, and no method that sends a request has to import
# anything: an import that fails, such as for lack of file descriptors, would hide the outcome of a write.

import contextlib
import copy
import inspect
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import httpx
import msgspec

from gemini_clearing_auth._secrets import shown

from . import _time
from ._body import BodyReader
from ._defaults import DEFAULT_TIMEOUT_S, HOOKS, UNCHANGED
from ._events import DriftEvent, ErrorEvent, RequestEvent, ResponseEvent
from ._explanation import Explaining
from ._fork_guard import FORK_GUARD
from ._hooks import Notify, check_hook, run_hook, run_hook_async
from ._identity import Options
from ._operation import Operation, Waiter, Walker, arguments_of
from ._outcome import Resolution
from ._polling import PollSchedule, Until, schedule_of, wanted_by
from ._recovery import check_seconds
from ._response import RawResponse
from ._steps import Send
from .errors import ArgumentError, ClearingError, MaybeExecutedError

if TYPE_CHECKING:
    from ._call import CallSteps
    from ._model import Model
    from ._settings import Settings
    from ._walking import Walk

__all__ = ["BaseClient", "check_deadline", "raw_response", "run_steps", "run_steps_async"]

# The methods of a client import names from these; the other modules of calls are imported by them.
_USED_BY_CALLS = ("._strict", "._waiting", "._walking")

R = TypeVar("R", bound="Model")
S = TypeVar("S")
T = TypeVar("T")


class BaseClient(Explaining):
    """The settings of both clients, and the start of a call."""

    _environments: ClassVar[Mapping[str, str]]
    """The spec's servers: base URLs by the name of the environment."""
    _transport_class: ClassVar[tuple[str, type]]
    """The method of a transport that this client needs, and the base class of such transports."""
    _awaits_hooks: ClassVar[bool] = False
    """Whether a hook may be async."""

    def _prepare(self, options: Options, transport: object) -> None:
        """Validate and keep the options of a new client, and reject the transport of the other one."""
        with FORK_GUARD:
            from ._settings import settings_from

            for name in _USED_BY_CALLS:
                import_module(name, __package__)
            for operation in self._operations.values():
                operation.find_response()
        self._settings = settings_from(
            self._environments,
            options,
            hooks_may_be_async=self._awaits_hooks,
            uses_network=transport is None,
        )
        _check_transport(transport, *self._transport_class, self._settings)
        # Now, because the first calls of several threads must not make one each.
        vars(self)["_context"] = self._settings.context(self._run_for_journal)

    @property
    def drift(self) -> Mapping[str, int]:
        """
        The number of responses with each value, field, reason and status that the spec does not list, by description.

        Clients from `with_options` count together. At most 1000 descriptions are kept.
        """
        return dict(self._context.drift)

    def with_options(
        self,
        *,
        timeout: float | None = UNCHANGED,
        account: str | None = UNCHANGED,
        extra_headers: Mapping[str, str] | None = UNCHANGED,
        on_request: Callable[[RequestEvent], object] | None = UNCHANGED,
        on_response: Callable[[ResponseEvent], object] | None = UNCHANGED,
        on_error: Callable[[ErrorEvent], object] | None = UNCHANGED,
        on_unknown: Callable[[MaybeExecutedError], object] | None = UNCHANGED,
        on_drift: Callable[[DriftEvent], object] | None = UNCHANGED,
        strict: bool | None = UNCHANGED,
    ) -> Self:
        """
        Return a client with other options that uses the same connections, key and journal.

        An option that is not given keeps its value. None resets an option to its default. To close one of the clients
        is to close all of them.

        Args:
            timeout: seconds that a call may take in total, retries included; None for 30.
            account: the account that every call is for; None for none.
            extra_headers: headers of every request, in addition to those of this client; None for none.
            on_request: called with a `RequestEvent` before each attempt is sent.
            on_response: called with a `ResponseEvent` after each response.
            on_error: called with an `ErrorEvent` after each attempt that failed.
            on_unknown: called with the `MaybeExecutedError` of each write with an unknown outcome.
            on_drift: called once with a `DriftEvent` for each thing in a response that the spec does not list.
            strict: whether a call raises `DriftError` then; None for False.

        Raises:
            ArgumentError: an option is invalid.
        """
        from ._context import check_flag
        from ._settings import check_account, check_timeout, checked_hooks

        given = {name: value for name, value in locals().items() if name in HOOKS and value is not UNCHANGED}
        hooks = checked_hooks(given, may_be_async=self._awaits_hooks)
        changed: dict[str, Any] = dict(hooks)
        if timeout is not UNCHANGED:
            changed["timeout_s"] = check_timeout(DEFAULT_TIMEOUT_S if timeout is None else timeout)
        if strict is not UNCHANGED:
            changed["strict"] = hooks["strict"] = check_flag("strict", False if strict is None else strict)
        if account is not UNCHANGED:
            changed["account"] = check_account(account)
        view = copy.copy(self)
        view._settings = msgspec.structs.replace(self._settings, **changed)
        vars(view)["_context"] = msgspec.structs.replace(
            self._context, headers=self._headers_with(extra_headers), **hooks
        )
        return view

    def _headers_with(self, extra_headers: Mapping[str, str] | None) -> list[tuple[bytes, bytes]]:
        """Return the headers of the requests of a view; None removes the extra headers of this client."""
        if extra_headers is UNCHANGED:
            return self._context.headers
        if extra_headers is None:
            return self._settings.headers()
        from ._extra_headers import merge_headers

        return merge_headers(self._context.headers, extra_headers)

    def _start(
        self,
        operation: Operation[R],
        arguments: Mapping[str, Any],
        timeout: float | None,
        extra_headers: Mapping[str, str] | None,
    ) -> "CallSteps[R]":
        from ._settings import check_timeout
        from ._strict import run_strict_call

        sent = self._sent(operation, arguments)
        timeout_s = self._settings.timeout_s if timeout is None else check_timeout(timeout)
        return run_strict_call(self._with(extra_headers), operation, sent, deadline=_time.monotonic() + timeout_s)

    def _start_wait(
        self,
        waiter: Waiter[R],
        arguments: Mapping[str, Any],
        until: Until[R],
        timeout: float,
        poll: float | PollSchedule | None,
        extra_headers: Mapping[str, str] | None,
    ) -> "CallSteps[R]":
        """Return the steps of a wait. All its arguments are validated before the first step."""
        from ._settings import check_timeout
        from ._waiting import wait_steps

        return wait_steps(
            self._with(extra_headers),
            waiter,
            self._sent(waiter.operation, arguments),
            wanted_by(waiter, until),
            schedule_of(poll),
            end_s=_time.monotonic() + check_timeout(timeout),
            call_s=self._settings.timeout_s,
        )

    def _start_walk(self, walker: Walker[R], filters: Mapping[str, Any], options: dict[str, Any]) -> "Walk[R]":
        """Return a walk over a list. All its arguments are validated before the first request."""
        from ._settings import check_timeout
        from ._walking import walk_of

        timeout, extra_headers = options.pop("timeout"), options.pop("extra_headers")
        on_progress = check_hook("on_progress", options.pop("on_progress"), may_be_async=self._awaits_hooks)
        return walk_of(
            self._with(extra_headers),
            walker,
            partial(self._sent, walker.operation),
            filters=filters,
            call_s=self._settings.timeout_s if timeout is None else check_timeout(timeout),
            on_progress=on_progress,
            **options,
        )

    def _queries(self, error: MaybeExecutedError, timeout: float, settle: float) -> "CallSteps[Any]":
        """Return the steps that resolve an error. It may come from another client, or from another process."""
        from ._call import query_outcome
        from ._doubt import Doubt

        check_seconds(timeout=timeout, settle=settle)
        if not isinstance(error, MaybeExecutedError):
            raise ArgumentError(f"invalid error: {shown(error)}. Only a MaybeExecutedError has an outcome to resolve.")
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

    def _recorded(
        self, steps: "CallSteps[Any]", operation: Operation[Any], error: MaybeExecutedError
    ) -> "CallSteps[Any]":
        """Run the steps that resolve an error, and record the outcome in the journal."""
        from ._attempt_record import resolved_facts

        resolution = yield from steps
        if self._context.journal is not None and error.attempt_id is not None:
            found = resolved_facts(operation, arguments_of(operation, error.payload), resolution)
            self._context.journal.record_resolution(error.attempt_id, reason=resolution.reason, **found)
        return resolution

    def __repr__(self) -> str:
        # A traceback with locals also prints a client whose constructor raised.
        settings: Settings | None = getattr(self, "_settings", None)
        return f"{type(self).__name__}(base_url={str(settings.base_url) if settings else None!r})"


def _resolved(resolution: Resolution) -> "CallSteps[Any]":
    """Return steps that do nothing, for an outcome that is known already."""
    return resolution
    yield


def run_steps(steps: Generator[S, Any, T], perform: Callable[[S], Any]) -> T:
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
    except ClearingError:  # of the steps: they have ended, and nothing is left to report
        raise
    except BaseException as exc:
        for report in _interrupt(steps, exc):
            run_hook(report.hook, report.event)
        raise


async def run_steps_async(steps: Generator[S, Any, T], perform: Callable[[S], Awaitable[Any]]) -> T:
    """Do the same as `run_steps`, for steps that are awaited."""
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
    except ClearingError:
        raise
    except BaseException as exc:
        for report in _interrupt(steps, exc):
            await run_hook_async(report.hook, report.event)
        raise


def _interrupt(steps: Generator[S, Any, T], exc: BaseException) -> Iterator[Notify]:
    """Throw an interruption between two steps into their generator, and yield its reports. It ended after an error."""
    if inspect.getgeneratorstate(steps) == inspect.GEN_SUSPENDED:
        with contextlib.suppress(BaseException):
            step = steps.throw(exc)
            while isinstance(step, Notify):
                yield step
                step = steps.send(None)


def _check_transport(transport: object, method: str, base: type, settings: "Settings") -> None:
    """Reject the transport of the other client: found in a call, the mistake would look like a lost order."""
    if transport is None:
        return
    if not hasattr(transport, method):
        raise ArgumentError(f"invalid transport: {type(transport).__name__}. Pass an httpx.{base.__name__}.")
    for name in ("proxy", "verify"):
        if getattr(settings, name) is not None:
            raise ArgumentError(f"transport and {name} are both given. Pass {name} to the transport instead.")


def check_deadline(step: Send) -> None:
    """Give up on a response whose body is not complete at the deadline; httpx has a timeout for each chunk only."""
    if _time.monotonic() > step.deadline:
        raise httpx.ReadTimeout("the response was not complete in time", request=step.request)


def raw_response(response: httpx.Response, body: BodyReader) -> RawResponse:
    return RawResponse(status=response.status_code, headers=dict(response.headers.items()), content=body.finish())

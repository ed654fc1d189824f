"""
Hooks: functions of the caller that get events.

A hook never changes the outcome of a call: its exceptions are logged, and its result is ignored. The exception of a
signal handler that runs during a hook is not the hook's, and passes. A generator of `_call`
yields `Notify`, and the client calls the hook: the client for asyncio awaits it if it is a coroutine.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from gemini_clearing_auth._secrets import shown

from ._interruption import is_by_signal_handler
from ._log import log as _log
from .errors import ArgumentError

__all__ = ["Hook", "Notify", "check_hook", "notify", "run_hook", "run_hook_async"]

Hook = Callable[[Any], object]


class Notify(msgspec.Struct, frozen=True):
    """Call a hook with an event."""

    hook: Hook
    event: object


def notify(hook: Hook | None, event: object) -> Iterator[Notify]:
    """Yield the step that calls a hook; no step without a hook."""
    if hook is not None:
        yield Notify(hook, event)


def check_hook(name: str, hook: Hook | None, *, may_be_async: bool) -> Hook | None:
    """
    Return a hook. A client with blocking calls cannot await a coroutine function, so it would never run.

    Raises:
        ArgumentError: it is not a function, or it is async in a client with blocking calls.
    """
    if hook is None or (callable(hook) and (may_be_async or not _is_async(hook))):
        return hook
    expected = "a function" if may_be_async else "a function that is not async"
    raise ArgumentError(f"invalid {name}: {shown(hook)}. Pass {expected}.")


def run_hook(hook: Hook, event: object) -> None:
    """Call a hook. Its exception is logged: it must not replace the result of a call, least of all an error."""
    try:
        result = hook(event)
        if inspect.iscoroutine(result):
            result.close()
            _log.error("the hook %s is async, and the client has blocking calls. Use AsyncGeminiClearing.", _name(hook))
    except Exception as exc:
        if is_by_signal_handler(exc):
            raise
        _log.exception("the hook %s raised an exception", _name(hook))


async def run_hook_async(hook: Hook, event: object) -> None:
    """Do the same as `run_hook`, and await the result if it is awaitable."""
    try:
        result = hook(event)
        if inspect.isawaitable(result):
            await result
    except Exception as exc:
        if is_by_signal_handler(exc):
            raise
        _log.exception("the hook %s raised an exception", _name(hook))


def _is_async(hook: Hook) -> bool:
    """Return whether a hook is an async function, or an object whose class has an async `__call__`."""
    return inspect.iscoroutinefunction(hook) or inspect.iscoroutinefunction(type(hook).__call__)


def _name(hook: Hook) -> str:
    """Return the name of a hook. Its `repr` may be that of an object with secrets, to which it is bound."""
    return str(getattr(hook, "__qualname__", type(hook).__qualname__))

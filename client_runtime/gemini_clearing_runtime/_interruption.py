"""
Interruptions: exceptions that are raised in the middle of a call, but do not come from it.

A signal handler raises in whichever function is running. Job queues raise from a timer, with
`PyThreadState_SetAsyncExc`. Such an exception must pass unchanged. A transport's exception becomes one of our errors.
"""

import sys
from collections.abc import Iterator
from types import CodeType, TracebackType

import httpx

__all__ = ["interruption_of", "is_by_signal_handler", "is_interruption"]

# The packages whose exceptions a transport raises: Python, this client's own transport, and HTTP libraries.
_TRANSPORTS = {
    *("asyncio", "builtins", "concurrent", "socket", "ssl", "zlib"),
    *("gemini_clearing_auth", "gemini_clearing_mock", "gemini_clearing_runtime"),
    *(
        "aiohttp",
        "anyio",
        "curl_cffi",
        "h11",
        "h2",
        "httpcore",
        "httpx",
        "httpx2",
        "pycurl",
        "requests",
        "trio",
        "urllib3",
    ),
}


def is_interruption(exc: BaseException) -> bool:
    """
    Return whether an exception does not come from the transport.

    That is proven if a signal handler is in its traceback. Otherwise its class decides: a class from neither Python nor
    an HTTP library, nor derived from such a class, is not a transport's.
    """
    if is_by_signal_handler(exc):
        return True
    if isinstance(exc, httpx.HTTPError | httpx.InvalidURL | httpx.StreamError | OSError):
        return False
    return type(exc).__module__.partition(".")[0] not in _TRANSPORTS


def is_by_signal_handler(exc: BaseException) -> bool:
    """Return whether a signal handler is in the traceback of an exception."""
    return bool(_handlers() & set(_codes(exc.__traceback__)))


def interruption_of(exc: BaseException, handled: BaseException | None = None) -> BaseException | None:
    """
    Return the interruption that ended a step: the exception itself, or a cause of it.

    Libraries replace a `TimeoutError` with their own exception, also if a signal handler has raised it.

    Args:
        exc: the exception of the step.
        handled: the exception that was being handled before the step. It and its causes are not checked.
    """
    if not isinstance(exc, Exception) or is_interruption(exc):
        return exc
    seen: set[int] = set()
    cause: BaseException | None = exc
    while cause is not None and cause is not handled and id(cause) not in seen:
        seen.add(id(cause))
        is_harmless = isinstance(cause, Exception | GeneratorExit) or _is_cancellation(cause)
        if not is_harmless or is_by_signal_handler(cause):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def _is_cancellation(exc: BaseException) -> bool:
    """Return whether asyncio has canceled a task, which it also does before it raises a timeout."""
    # Not imported: a program with blocking calls does not need it, and without it no task was canceled.
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and isinstance(exc, asyncio.CancelledError)


def _handlers() -> set[CodeType]:
    # Not imported: without it no handler in Python was set.
    signal = sys.modules.get("signal")
    if signal is None:
        return set()
    found = (signal.getsignal(number) for number in signal.valid_signals())
    functions = (getattr(handler, "__func__", handler) for handler in found)
    return {code for function in functions if isinstance(code := getattr(function, "__code__", None), CodeType)}


def _codes(traceback: TracebackType | None) -> Iterator[CodeType]:
    while traceback is not None:
        yield traceback.tb_frame.f_code
        traceback = traceback.tb_next

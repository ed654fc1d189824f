"""The texts that an object, an error, an action or a process leaves behind, and the search for a value in them."""

import base64
import logging
import pickle
import traceback
import urllib.parse
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs
import httpx
import msgspec

from gemini_clearing import ClearingError

__all__ = [
    "Holder", "error_texts", "forms", "found_in", "leaks", "number_of", "object_texts", "recorded_process", "texts_of",
]  # fmt: skip


def forms(value: str) -> dict[str, str]:
    """Return the forms in which a value may be written, by name."""
    raw = value.encode()
    found = {
        "plain": value,
        "other case": value.swapcase(),
        "hex": raw.hex(),
        "upper hex": raw.hex().upper(),
        "percent": urllib.parse.quote(value, safe=""),
        "form": urllib.parse.quote_plus(value),
        "repr": repr(value)[1:-1],
        "backwards": value[::-1],
    }
    for start in range(3):  # a value inside a longer text begins at any of the three bytes of a group
        whole = base64.b64encode(b"\0" * start + raw)
        inner = whole[4 if start else 0 : len(whole) - 4].decode()
        found[f"base64 at {start}"] = inner
        found[f"url-safe base64 at {start}"] = inner.translate({43: "-", 47: "_"})
    return found


def found_in(texts: Iterable[tuple[str, str]], values: dict[str, str]) -> list[str]:
    """Return which values are in which text, and in which form."""
    wanted = [(f"{name} ({form})", text) for name, value in values.items() for form, text in forms(value).items()]
    return [f"{name} in {place}" for place, text in texts for name, needle in wanted if needle in text]


def object_texts(name: str, thing: Any) -> Iterator[tuple[str, str]]:
    """Return the texts of an object: for people, for programs, and as bytes."""
    for form, make in (("repr", repr), ("str", str), ("format", format)):
        yield f"{form} of {name}", make(thing)
    if hasattr(thing, "__dict__"):
        yield f"vars of {name}", repr(vars(thing))
    if attrs.has(type(thing)):
        yield f"asdict of {name}", repr(attrs.asdict(thing))
    if isinstance(thing, msgspec.Struct):
        yield f"asdict of {name}", repr(msgspec.structs.asdict(thing))
    if hasattr(thing, "to_dict"):
        yield f"to_dict of {name}", repr(thing.to_dict())
    if not type(thing).__module__.startswith("gemini_clearing"):
        return  # a pickle of an exception of httpx has its request, with all headers
    try:
        yield f"pickle of {name}", pickle.dumps(thing).decode("latin-1")
    except Exception as unpicklable:  # the text of the error is one more place
        yield f"error of a pickle of {name}", "".join(traceback.format_exception(unpicklable))


def error_texts(error: BaseException, seen: frozenset[int] = frozenset()) -> Iterator[tuple[str, str]]:
    """Return the texts of an error, of its notes and causes, and of a crash report with local variables."""
    name = type(error).__name__
    yield from object_texts(name, error)
    yield f"notes of {name}", repr(getattr(error, "__notes__", []))
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    yield f"traceback of {name}", "".join(_client_frames(report))
    for cause in (error.__cause__, error.__context__):
        if cause is not None and id(cause) not in seen:
            yield from error_texts(cause, seen | {id(error)})


def _client_frames(report: traceback.TracebackException) -> Iterator[str]:
    """Return the lines of a report, without the frames of the tests, whose local variables are the secrets."""
    while True:
        report.stack = traceback.StackSummary.from_list([f for f in report.stack if "/tests/" not in f.filename])
        yield from report.format(chain=False)
        following = report.__cause__ or report.__context__
        if following is None:
            return
        report = following


@contextmanager
def recorded_process() -> Iterator[list[tuple[str, str]]]:
    """Record every log line of every logger, with its fields and traceback, and every warning."""
    texts: list[tuple[str, str]] = []

    class Recorder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append((f"log of {record.name}", self.format(record)))
            texts.append((f"fields of a log of {record.name}", repr(vars(record))))

    handler, root = Recorder(), logging.getLogger()
    names = ["gemini_clearing", "httpx", "httpcore", "h11", "asyncio", *logging.root.manager.loggerDict]
    # A logger without a level has that of its parent. Each change of a level empties the caches of all loggers.
    before = {one: one.level for one in (root, *map(logging.getLogger, names)) if one.level != logging.NOTSET}
    root.addHandler(handler)
    for logger in before:
        logger.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield texts
            texts += [("warning", str(one.message)) for one in caught]
    finally:
        root.removeHandler(handler)
        for logger, level in before.items():
            logger.setLevel(level)


class Holder:
    """An object whose text is a secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return f"Holder({self._secret})"


def texts_of(action: Callable[[], Any]) -> list[tuple[str, str]]:
    """Run an action, and return the texts of its result or error, and the log lines."""
    with recorded_process() as texts:
        try:
            found = list(object_texts("result", action()))
        except (ClearingError, httpx.HTTPError) as error:
            found = list(error_texts(error))
    return [*found, *texts]


def leaks(actions: Mapping[str, Callable[[], Any]], secret: str) -> list[str]:
    """Return where the secret is in a text of an action, and which action it was."""
    hidden = {"secret": secret, "number": str(number_of(secret))}
    return [f"{name}: {found}" for name, action in actions.items() for found in found_in(texts_of(action), hidden)]


def number_of(secret: str) -> int:
    """Return a number from which the secret can be read."""
    return int.from_bytes(secret.encode())

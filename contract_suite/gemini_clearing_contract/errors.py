"""
The errors that end a layer or a run.

    BaseException
    ├── TargetError        the target cannot be tested: not reachable, silent, or another service
    │   ├── SetupError     the run cannot begin: the report folder or the spec cannot be used
    │   └── LineError      one request got no complete response; the next one may get it
    └── SuiteError         the suite itself failed; never a finding about the target

Neither is an `Exception`. hypothesis, schemathesis and the client catch every `Exception`, and the suite would
report it as a finding.
"""

import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

__all__ = ["LineError", "SetupError", "SuiteError", "TargetError", "guarded"]

P = ParamSpec("P")
T = TypeVar("T")
PACKAGE = Path(__file__).parent


class TargetError(BaseException):
    """The target cannot be tested; the message contains the reason and what to do."""


class SetupError(TargetError):
    """A file or folder that the run needs cannot be used; the message contains the reason and what to do."""


class LineError(TargetError):
    """A request got no complete response: whether it was executed is unknown, and the next one may get a response."""


class SuiteError(BaseException):
    """The suite failed; the message names the error and the line of the suite that raised it."""

    @classmethod
    def caused_by(cls, error: BaseException) -> "SuiteError":
        """Describe an unexpected error by its type, its message and its innermost line in the suite."""
        return cls(f"{type(error).__name__}: {error} ({_place(error)})")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    if not (own or frames):
        return "unknown place"
    frame = (own or frames)[-1]
    file = Path(frame.filename)
    name = file.relative_to(PACKAGE) if file.is_relative_to(PACKAGE) else file.name
    return f"{name}, line {frame.lineno}, in {frame.name}"


def guarded(*expected: type[Exception]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """
    Return a decorator for callbacks: any exception but the expected ones becomes a `SuiteError`.

    A callback runs inside hypothesis, schemathesis or the client, which would catch its exceptions.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return function(*args, **kwargs)
            except expected:
                raise
            except Exception as error:
                raise SuiteError.caused_by(error) from error

        return call

    return decorate

"""
The runtime of the generated client: errors, encoding, decoding, retries, and the base classes of the clients.

It contains no operation and no field of the API. The generated package `gemini_clearing` declares those, and re-exports
what users need.

PYTEST_DONT_REWRITE: pytest would warn that it cannot rewrite a package with a plugin that is already imported.
"""

from typing import TYPE_CHECKING

from gemini_clearing_auth._lazy_names import lazy_names

if TYPE_CHECKING:
    from ._async_client import AsyncClient
    from ._client import Client
    from ._enums import ClosedEnum, OpenEnum
    from ._events import (
        CallOutcome,
        DriftEvent,
        DriftKind,
        ErrorEvent,
        RequestEvent,
        ResponseEvent,
        WalkProgress,
    )
    from ._explanation import Explanation
    from ._journal import Journal
    from ._journal_entries import JournalEntry, RecoveredWrite, WriteEnd
    from ._model import ListModel, Model, Response, model, wire
    from ._operation import Argument, ErrorFormat, Operation, ResolveByList, ResolveByStatus, Waiter, Walker
    from ._outcome import Outcome, Resolution
    from ._polling import WAIT_TIMEOUT_S, PollSchedule, Until
    from ._response import RawResponse
    from ._scalars import Boolean, DecimalNumber, DecimalText, EnumValue, Integer, Money, Number, String, Time, When
    from ._version import __version__
    from ._walk_errors import InvalidRow

__all__ = [
    "WAIT_TIMEOUT_S",
    "Argument",
    "AsyncClient",
    "Boolean",
    "CallOutcome",
    "Client",
    "ClosedEnum",
    "DecimalNumber",
    "DecimalText",
    "DriftEvent",
    "DriftKind",
    "EnumValue",
    "ErrorEvent",
    "ErrorFormat",
    "Explanation",
    "Integer",
    "InvalidRow",
    "Journal",
    "JournalEntry",
    "ListModel",
    "Model",
    "Money",
    "Number",
    "OpenEnum",
    "Operation",
    "Outcome",
    "PollSchedule",
    "RawResponse",
    "RecoveredWrite",
    "RequestEvent",
    "Resolution",
    "ResolveByList",
    "ResolveByStatus",
    "Response",
    "ResponseEvent",
    "String",
    "Time",
    "Until",
    "Waiter",
    "WalkProgress",
    "Walker",
    "When",
    "WriteEnd",
    "__version__",
    "lazy_names",
    "model",
    "wire",
]

# Type checkers would accept every name in a module with `__getattr__`.
if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "._async_client": ("AsyncClient",),
            "._client": ("Client",),
            "._enums": ("ClosedEnum", "OpenEnum"),
            "._events": (
                "CallOutcome",
                "DriftEvent",
                "DriftKind",
                "ErrorEvent",
                "RequestEvent",
                "ResponseEvent",
                "WalkProgress",
            ),
            "._explanation": ("Explanation",),
            "._journal": ("Journal",),
            "._journal_entries": ("JournalEntry", "RecoveredWrite", "WriteEnd"),
            "._model": ("ListModel", "Model", "Response", "model", "wire"),
            "._operation": (
                "Argument",
                "ErrorFormat",
                "Operation",
                "ResolveByList",
                "ResolveByStatus",
                "Waiter",
                "Walker",
            ),
            "._outcome": ("Outcome", "Resolution"),
            "._polling": ("WAIT_TIMEOUT_S", "PollSchedule", "Until"),
            "._response": ("RawResponse",),
            "._scalars": (
                "Boolean",
                "DecimalNumber",
                "DecimalText",
                "EnumValue",
                "Integer",
                "Money",
                "Number",
                "String",
                "Time",
                "When",
            ),
            "._version": ("__version__",),
            "._walk_errors": ("InvalidRow",),
        },
        submodules=("errors",),
    )

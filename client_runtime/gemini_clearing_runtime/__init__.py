"""
Everything that no change of the spec touches: errors, encoding, decoding, repetition, the clients' engine.

The generated package `gemini_clearing` stands on it and offers what users need of it.
"""

from ._client import AsyncClient, Client
from ._enums import ClosedEnum, OpenEnum
from ._model import Model, model, wire
from ._operation import Argument, Operation, ResolveByList, ResolveByStatus
from ._outcome import Outcome, Resolution
from ._response import RawResponse
from ._scalars import Boolean, DecimalNumber, DecimalText, EnumValue, Integer, Money, Number, String, Time, When
from ._timestamps import Timestamp
from ._version import __version__

__all__ = [
    "Argument",
    "AsyncClient",
    "Boolean",
    "Client",
    "ClosedEnum",
    "DecimalNumber",
    "DecimalText",
    "EnumValue",
    "Integer",
    "Model",
    "Money",
    "Number",
    "OpenEnum",
    "Operation",
    "Outcome",
    "RawResponse",
    "Resolution",
    "ResolveByList",
    "ResolveByStatus",
    "String",
    "Time",
    "Timestamp",
    "When",
    "__version__",
    "model",
    "wire",
]

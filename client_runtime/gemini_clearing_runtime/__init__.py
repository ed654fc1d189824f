"""
Everything that no change of the spec touches: errors, encoding, decoding, repetition, the clients' engine.

The generated package `gemini_clearing` stands on it and offers what users need of it.
"""

from ._answer import RawAnswer
from ._client import AsyncClient, Client
from ._kinds import DecimalNumber, DecimalText, Flag, Money, Number, Text, Time, When, Whole, Words
from ._model import Model, model, wire
from ._operation import Argument, AskList, AskOrder, Operation
from ._outcome import Outcome, Resolution
from ._timestamps import Timestamp
from ._version import __version__
from ._words import OpenWord, Word

__all__ = [
    "Argument",
    "AskList",
    "AskOrder",
    "AsyncClient",
    "Client",
    "DecimalNumber",
    "DecimalText",
    "Flag",
    "Model",
    "Money",
    "Number",
    "OpenWord",
    "Operation",
    "Outcome",
    "RawAnswer",
    "Resolution",
    "Text",
    "Time",
    "Timestamp",
    "When",
    "Whole",
    "Word",
    "Words",
    "__version__",
    "model",
    "wire",
]

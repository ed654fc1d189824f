# Generated from openapi/clearing.yaml by `make generate`. Do not edit: change the spec or the templates.
"""
The typed client of Gemini Clearing: `GeminiClearing`, and `AsyncGeminiClearing` with `await`.

Responses are frozen objects, money is `Decimal`, and errors report whether a request was executed.

PYTEST_DONT_REWRITE: pytest would warn that it cannot rewrite a package with a plugin that is already
imported.
"""

from gemini_clearing_auth import (
    Credentials,
    FileNonces,
    IncrementalNonces,
    NonceSource,
    OAuthToken,
    RedisNonces,
    TimeBasedNonces,
)
from gemini_clearing_runtime import (
    CallOutcome,
    ErrorEvent,
    Explanation,
    InvalidRow,
    Journal,
    JournalEntry,
    Model,
    Money,
    Outcome,
    PollSchedule,
    RawResponse,
    RecoveredWrite,
    RequestEvent,
    Resolution,
    ResponseEvent,
    WalkProgress,
    When,
    WriteEnd,
    __version__,
    errors,
)
from gemini_clearing_runtime.errors import *  # noqa: F403  (see errors.__all__)

from ._async_client import AsyncGeminiClearing
from ._client import GeminiClearing
from ._enums import OrderStatus, Reason, Side
from ._models import (
    BrokerOrderList,
    CanceledOrder,
    ConfirmedOrder,
    ListedBrokerOrder,
    ListedOrder,
    OrderDetails,
    OrderList,
    PlacedBrokerOrder,
    PlacedOrder,
    Trade,
    TradeList,
)

__all__ = [
    "AsyncGeminiClearing",
    "BrokerOrderList",
    "CallOutcome",
    "CanceledOrder",
    "ConfirmedOrder",
    "Credentials",
    "ErrorEvent",
    "Explanation",
    "FileNonces",
    "GeminiClearing",
    "IncrementalNonces",
    "InvalidRow",
    "Journal",
    "JournalEntry",
    "ListedBrokerOrder",
    "ListedOrder",
    "Model",
    "Money",
    "NonceSource",
    "OAuthToken",
    "OrderDetails",
    "OrderList",
    "OrderStatus",
    "Outcome",
    "PlacedBrokerOrder",
    "PlacedOrder",
    "PollSchedule",
    "RawResponse",
    "Reason",
    "RecoveredWrite",
    "RedisNonces",
    "RequestEvent",
    "Resolution",
    "ResponseEvent",
    "Side",
    "TimeBasedNonces",
    "Trade",
    "TradeList",
    "WalkProgress",
    "When",
    "WriteEnd",
    "__version__",
    "errors",
]
__all__ += errors.__all__

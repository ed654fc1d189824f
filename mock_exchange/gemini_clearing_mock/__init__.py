"""
A mock of the Gemini Clearing exchange, for tests: stateful, strict, with a clock that tests control.

`Exchange` is the exchange. `exchange.transport()` connects an `httpx.Client` to it without a socket; `create_app` and
`serve` put it behind one.
"""

from . import errors
from ._exchange import Exchange
from .config._demo import demo_config
from .config._model import Config
from .config._toml import read_config
from .http._messages import Delivery, Request, Response
from .server._serve import ServeOptions, create_app, serve
from .state._accounts import Account, DemoAccount, Key, NonceMode, Token
from .state._clock import Clock, ManualClock, SystemClock
from .state._faults import Fault, FaultKind
from .state._log import LogEntry
from .state._orders import TRANSITIONS, Event, State
from .state._settings import Choices, Symbol

__all__ = [
    "TRANSITIONS",
    "Account",
    "Choices",
    "Clock",
    "Config",
    "Delivery",
    "DemoAccount",
    "Event",
    "Exchange",
    "Fault",
    "FaultKind",
    "Key",
    "LogEntry",
    "ManualClock",
    "NonceMode",
    "Request",
    "Response",
    "ServeOptions",
    "State",
    "Symbol",
    "SystemClock",
    "Token",
    "create_app",
    "demo_config",
    "errors",
    "read_config",
    "serve",
]

"""
A Gemini Clearing exchange to test against: stateful, strict, with a clock to turn.

``Exchange`` is the whole of it; ``exchange.transport()`` leads an ``httpx.Client`` into it without a socket,
``create_app`` and ``serve`` put it on one.
"""

from gemini_clearing_mock import errors
from gemini_clearing_mock._accounts import Account, DemoAccount, Key, NonceMode, Token
from gemini_clearing_mock._asgi import create_app
from gemini_clearing_mock._clock import Clock, ManualClock, SystemClock
from gemini_clearing_mock._config import Choices, Config, Symbol
from gemini_clearing_mock._demo import demo_config
from gemini_clearing_mock._exchange import Exchange
from gemini_clearing_mock._faults import Fault, FaultKind
from gemini_clearing_mock._http import Delivery, Request, Response
from gemini_clearing_mock._log import LogEntry
from gemini_clearing_mock._orders import TRANSITIONS, Event, State
from gemini_clearing_mock._server import ServeOptions, serve
from gemini_clearing_mock._toml import read_config

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

"""
A mock of the Gemini Clearing exchange, for tests: stateful, strict, with a clock that tests control.

`Exchange` is the exchange. `exchange.transport()` connects an `httpx.Client` to it without a socket; `create_app` and
`serve` put it behind one.

PYTEST_DONT_REWRITE: pytest would warn that it cannot rewrite a package with a plugin that is already imported.
"""

# As in `typing`, whose import would take most of the time of this one.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from . import errors
    from ._exchange import Exchange
    from .config._demo import demo_config
    from .config._model import Config
    from .config._toml import read_config
    from .http._messages import Delivery, Request, Response
    from .server._serve import ServeOptions, create_app, serve
    from .state._accounts import Account, DemoAccount, DemoMasterKey, DemoToken, Key, NonceMode, Token
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
    "DemoMasterKey",
    "DemoToken",
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

# The pytest plugin imports this package in every run of pytest, and a command needs only a part of it. So a module is
# imported when one of its names is used first (https://peps.python.org/pep-0562/).
_MODULES = {
    "._exchange": ("Exchange",),
    ".config._demo": ("demo_config",),
    ".config._model": ("Config",),
    ".config._toml": ("read_config",),
    ".http._messages": ("Delivery", "Request", "Response"),
    ".server._serve": ("ServeOptions", "create_app", "serve"),
    ".state._accounts": ("Account", "DemoAccount", "DemoMasterKey", "DemoToken", "Key", "NonceMode", "Token"),
    ".state._clock": ("Clock", "ManualClock", "SystemClock"),
    ".state._faults": ("Fault", "FaultKind"),
    ".state._log": ("LogEntry",),
    ".state._orders": ("TRANSITIONS", "Event", "State"),
    ".state._settings": ("Choices", "Symbol"),
}

# Type checkers would accept every name in a module with `__getattr__`.
# `__dir__` is not defined: freezegun reads every name of `dir()` in every package, and would import all modules.
if not TYPE_CHECKING:

    def __getattr__(name):
        """Import a public name."""
        import importlib

        for module, names in _MODULES.items():
            if name in names:
                globals()[name] = value = getattr(importlib.import_module(module, __name__), name)
                return value
        if name == "errors":
            return importlib.import_module(".errors", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

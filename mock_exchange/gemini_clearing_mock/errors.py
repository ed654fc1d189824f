"""
What can go wrong on the side of whoever runs the exchange.

::

    MockExchangeError
    ├── ConfigError     the configuration does not say something that can be served; names line and key
    ├── ControlError    a control was asked for something that cannot be
    └── StateFileError  the state file cannot be used

A refused *request* is no error of these: it is an answer.
"""

from __future__ import annotations

__all__ = ["ConfigError", "ControlError", "MockExchangeError", "StateFileError"]


class MockExchangeError(Exception):
    """The root of this package's errors; never raised itself."""


class ConfigError(MockExchangeError):
    """The configuration does not say something that can be served."""


class ControlError(MockExchangeError):
    """A control was asked for something that cannot be."""


class StateFileError(MockExchangeError):
    """The state file cannot be opened, or was not written by this program."""

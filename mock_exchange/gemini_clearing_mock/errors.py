"""
The errors of this package.

```
MockExchangeError
├── ConfigError     the configuration is invalid; the message names the line and the key
├── ControlError    a control was called with an invalid value, or in an invalid state
├── StateFileError  the state file cannot be used
└── WorkerError     the worker processes of a server failed
```

A request that the exchange rejects raises none of these: it gets an error response.
"""

__all__ = ["ConfigError", "ControlError", "MockExchangeError", "StateFileError", "WorkerError"]


class MockExchangeError(Exception):
    """Base class of this package's errors; never raised itself."""


class ConfigError(MockExchangeError):
    """The configuration is invalid."""


class ControlError(MockExchangeError):
    """A control was called with an invalid value, or in an invalid state."""


class StateFileError(MockExchangeError):
    """The state file cannot be opened, or was not written by this program."""


class WorkerError(MockExchangeError):
    """The worker processes of a server ended again and again, or did not stop."""

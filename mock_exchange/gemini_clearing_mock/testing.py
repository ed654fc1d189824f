"""
An exchange for one test, without pytest: a context manager and a decorator.

```python
with mock_clearing() as exchange:
    client = GeminiClearing(..., transport=exchange.transport())

class TestDesk(unittest.TestCase):
    @mock_clearing()
    def test_settles(self, exchange): ...
```

With pytest, use the fixture `clearing_exchange` of the plugin instead.
"""

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ._exchange import Exchange
from .config._model import Config
from .state._clock import Clock

__all__ = ["mock_clearing"]


class mock_clearing:  # noqa: N801, used like a function
    """
    Creates a new exchange for each `with` block, and for each call of a decorated function.

    A decorated function, which may be a coroutine function, gets the exchange as the keyword argument `exchange`.

    Args:
        config: the configuration of the exchange; by default the demo configuration.
        clock: its time source; by default the clock of the machine.

    """

    def __init__(self, config: Config | None = None, *, clock: Clock | None = None) -> None:
        self._config = config
        self._clock = clock

    def _exchange(self) -> Exchange:
        return Exchange(self._config, clock=self._clock)

    def __enter__(self) -> Exchange:
        """Return a new exchange."""
        return self._exchange()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: an exchange needs no cleanup."""

    def __call__(self, test: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that calls `test` with a new exchange."""
        if inspect.iscoroutinefunction(test):

            @functools.wraps(test)
            async def call_async(*positional: Any, **named: Any) -> Any:
                return await test(*positional, exchange=self._exchange(), **named)

            return call_async

        @functools.wraps(test)
        def call(*positional: Any, **named: Any) -> Any:
            return test(*positional, exchange=self._exchange(), **named)

        # pytest follows `__wrapped__` to the signature, and would look for a fixture named `exchange`.
        del call.__wrapped__
        return call

"""
An exchange for one test, without pytest: a context manager and a decorator.

::

    with mock_clearing() as exchange:
        client = GeminiClearing(..., transport=exchange.transport())

    class Desk(unittest.TestCase):
        @mock_clearing()
        def test_settles(self, exchange): ...

Under pytest the plugin's fixture ``clearing_exchange`` is shorter.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ._exchange import Exchange
from .config._model import Config
from .state._clock import Clock

__all__ = ["mock_clearing"]


class mock_clearing:  # noqa: N801, reads as the function it is used as
    """
    A fresh exchange: for a ``with`` block, or as keyword argument ``exchange`` of the function it decorates.

    The function may be a coroutine function.  Every entry and every call gets an exchange of its own.
    """

    def __init__(self, config: Config | None = None, *, clock: Clock | None = None) -> None:
        self._config = config
        self._clock = clock

    def _exchange(self) -> Exchange:
        return Exchange(self._config, clock=self._clock)

    def __enter__(self) -> Exchange:
        """Hand out a fresh exchange."""
        return self._exchange()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing outlives the block: the exchange goes with its last user."""

    def __call__(self, test: Callable[..., Any]) -> Callable[..., Any]:
        """Have a function called with an exchange of its own."""
        if inspect.iscoroutinefunction(test):

            @functools.wraps(test)
            async def call_async(*positional: Any, **named: Any) -> Any:
                return await test(*positional, exchange=self._exchange(), **named)

            return call_async

        @functools.wraps(test)
        def call(*positional: Any, **named: Any) -> Any:
            return test(*positional, exchange=self._exchange(), **named)

        # Otherwise pytest would look for a fixture of that name.
        del call.__wrapped__
        return call

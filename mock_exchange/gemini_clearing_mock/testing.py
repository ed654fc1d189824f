"""
An exchange for one test, without pytest: a context manager and a decorator.

```python
with mock_clearing() as exchange:
    client = GeminiClearing(..., transport=exchange.transport())

@mock_clearing()
class TestDesk(unittest.TestCase):
    def test_settles(self, exchange): ...
```

With pytest, the fixture `clearing_exchange` of the plugin does the same.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Generator
from types import FunctionType, TracebackType
from typing import Any

from ._exchange import Exchange
from .config._model import Config
from .state._clock import Clock

__all__ = ["mock_clearing"]

# The prefix of test methods, of unittest and of pytest.
_TEST_PREFIX = "test"


class mock_clearing:  # noqa: N801  (used like a function)
    """
    Creates a new exchange for each `with` block, and for each call of a decorated function.

    As a decorator it passes the exchange as a keyword argument. A decorated class is the same class: its test methods
    that have the parameter are decorated. `async with` is supported, too.

    Args:
        config: the configuration of the exchange; by default the demo configuration.
        clock: its time source; by default the clock of the machine.
        argument: the name of the parameter that gets the exchange.

    Raises:
        TypeError: `config` or `clock` has another type, or the decorated object cannot be given an exchange.

    """

    def __init__(self, config: Config | None = None, *, clock: Clock | None = None, argument: str = "exchange") -> None:
        if callable(config):
            raise TypeError("@mock_clearing needs parentheses. Write @mock_clearing().")
        if config is not None and not isinstance(config, Config):
            raise TypeError(f"invalid config: {config!r}. Pass a Config, such as demo_config().")
        if clock is not None and not callable(getattr(clock, "now_ms", None)):
            raise TypeError(f"invalid clock: {clock!r}. Pass a Clock, such as ManualClock().")
        self._config = config
        self._clock = clock
        self._argument = argument

    def _exchange(self) -> Exchange:
        return Exchange(self._config, clock=self._clock)

    def __enter__(self) -> Exchange:
        """Return a new exchange."""
        return self._exchange()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: an exchange without a state file needs no cleanup."""

    async def __aenter__(self) -> Exchange:
        """Return a new exchange."""
        return self._exchange()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: an exchange without a state file needs no cleanup."""

    def __call__(self, test: Any) -> Any:
        """Return the same class with decorated test methods, or a function that calls `test` with a new exchange."""
        if isinstance(test, type):
            return self._decorate_class(test)
        if isinstance(test, staticmethod | classmethod):
            return type(test)(self._decorate(test.__func__))
        if isinstance(test, FunctionType):
            return self._decorate(test)
        raise TypeError(
            f"@mock_clearing() cannot decorate {test!r}: it is not a function, a method or a class. "
            "Decorate a function, below @pytest.fixture, or use `with mock_clearing() as exchange`."
        )

    def _decorate_class(self, decorated: type) -> type:
        names = [name for name in dir(decorated) if name.startswith(_TEST_PREFIX)]
        tests = {name: inspect.getattr_static(decorated, name) for name in names}
        needing = {name: test for name, test in tests.items() if self._gets_exchange(test)}
        if not needing:
            raise TypeError(
                f"no test method of {decorated.__name__} has the parameter '{self._argument}'. "
                "Add it to the tests that need an exchange, or remove @mock_clearing()."
            )
        for name, test in needing.items():
            setattr(decorated, name, self(test))
        return decorated

    def _gets_exchange(self, member: object) -> bool:
        function = getattr(member, "__func__", member)
        return isinstance(function, FunctionType) and self._argument in inspect.signature(function).parameters

    def _decorate(self, test: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(test)
        parameter = signature.parameters.get(self._argument)
        if parameter is None or parameter.kind is parameter.POSITIONAL_ONLY:
            raise TypeError(
                f"{test.__qualname__} has no parameter '{self._argument}' that can be passed by name. "
                "Add it, or remove @mock_clearing()."
            )
        others = [other for other in signature.parameters.values() if other is not parameter]
        visible = signature.replace(parameters=others)

        def bind(positional: tuple[Any, ...], named: dict[str, Any]) -> inspect.BoundArguments:
            # Partial, because a decorator below this one, such as mock.patch, may add arguments.
            given = visible.bind_partial(*positional, **named).arguments
            given[self._argument] = self._exchange()
            return inspect.BoundArguments(signature, given)

        wrapper = _wrap(test, bind)
        # pytest passes a fixture for each parameter that it finds in the signature.
        wrapper.__signature__ = visible  # type: ignore[attr-defined]  # not declared for functions
        return wrapper


def _wrap(
    test: Callable[..., Any], bind: Callable[[tuple[Any, ...], dict[str, Any]], inspect.BoundArguments]
) -> Callable[..., Any]:
    """Return a function of the same kind (coroutine function, generator function, …) that calls `test`."""
    if inspect.iscoroutinefunction(test):

        @functools.wraps(test)
        async def call_coroutine(*positional: Any, **named: Any) -> Any:
            bound = bind(positional, named)
            return await test(*bound.args, **bound.kwargs)

        return call_coroutine
    if inspect.isasyncgenfunction(test):

        @functools.wraps(test)
        async def iterate_async(*positional: Any, **named: Any) -> AsyncIterator[Any]:
            bound = bind(positional, named)
            async for item in test(*bound.args, **bound.kwargs):
                yield item

        return iterate_async
    if inspect.isgeneratorfunction(test):

        @functools.wraps(test)
        def iterate(*positional: Any, **named: Any) -> Generator[Any, Any, Any]:
            bound = bind(positional, named)
            return (yield from test(*bound.args, **bound.kwargs))

        return iterate

    @functools.wraps(test)
    def call(*positional: Any, **named: Any) -> Any:
        bound = bind(positional, named)
        return test(*bound.args, **bound.kwargs)

    return call

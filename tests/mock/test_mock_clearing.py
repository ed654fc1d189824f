"""`mock_clearing` as a decorator and as a context manager: what it decorates stays what it was, or is rejected."""

import asyncio
import functools
import inspect
import unittest
from unittest import mock

import pytest

from gemini_clearing_mock import Exchange, ManualClock
from gemini_clearing_mock.testing import mock_clearing

pytest_plugins = ["pytester"]

BARE = ("-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:xdist")


TEST_FILE = """\
import unittest
import pytest
from unittest import mock
from gemini_clearing_mock.testing import mock_clearing

@mock_clearing()
class TestDesk:
    def test_passes(self, exchange):
        assert exchange.log == []
    def test_fails(self, exchange):
        assert exchange.log != []
    def test_without_exchange(self, tmp_path):
        assert tmp_path.exists()
    @pytest.mark.parametrize("number", [1, 2])
    def test_parametrized(self, number, exchange):
        assert number in {1, 2}
    @staticmethod
    def test_static(exchange):
        assert exchange.log == []

@mock_clearing()
class DeskCase(unittest.TestCase):
    def test_fails(self, exchange):
        self.assertEqual(exchange.log, [1])
    def test_passes(self, exchange):
        self.assertEqual(exchange.log, [])

@mock_clearing()
class AsyncCase(unittest.IsolatedAsyncioTestCase):
    async def test_fails(self, exchange):
        self.assertEqual(exchange.log, [1])

class TestMethods:
    @mock_clearing()
    def test_method(self, exchange, tmp_path):
        assert tmp_path.exists() and exchange.log == []

@pytest.mark.parametrize("above", [1])
@mock_clearing()
@pytest.mark.parametrize("below", [1, 2])
def test_fixtures_and_parameters(exchange, tmp_path, above, below):
    assert tmp_path.exists() and exchange.log == []

@mock_clearing()
@mock.patch("os.getcwd")
def test_patched(getcwd, exchange, tmp_path):
    assert getcwd.called is False and exchange.log == []

@pytest.fixture
@mock_clearing()
def desk(exchange, tmp_path):
    yield exchange.account("initiator")

def test_fixture(desk):
    assert desk.name == "initiator"
"""


def test_decorated_tests_run_and_fail_as_without_the_decorator(pytester):
    """pytest collects decorated functions and classes, and reports failures."""
    pytester.makepyfile(TEST_FILE)

    run = pytester.runpytest_inprocess(*BARE)

    run.assert_outcomes(passed=11, failed=3)
    run.stdout.fnmatch_lines(["*TestDesk::test_fails*", "*DeskCase::test_fails*", "*AsyncCase::test_fails*"])


def test_decorated_class_is_the_same_class():
    """A decorated class is the class itself, and its methods without the parameter are unchanged."""

    class Desk:
        def test_with(self, exchange):
            return exchange

        def test_without(self):
            return "unchanged"

        def helper(self, exchange):
            return exchange

    before = dict(vars(Desk))

    assert mock_clearing()(Desk) is Desk
    assert isinstance(Desk().test_with(), Exchange)
    assert {name for name, value in vars(Desk).items() if before[name] is not value} == {"test_with"}


def test_inherited_tests_of_a_decorated_class_get_an_exchange():
    """A test method of a base class gets an exchange in the decorated class only."""

    class Base:
        def test_one(self, exchange):
            return exchange

    @mock_clearing()
    class Desk(Base):
        pass

    assert isinstance(Desk().test_one(), Exchange)
    with pytest.raises(TypeError, match="exchange"):
        Base().test_one()


@pytest.mark.parametrize(
    ("function", "is_of_kind"),
    [("plain", inspect.isfunction), ("coroutine", inspect.iscoroutinefunction),
     ("generator", inspect.isgeneratorfunction), ("async_generator", inspect.isasyncgenfunction)],
)  # fmt: skip
def test_decorated_function_keeps_its_kind(function, is_of_kind):
    """A coroutine function stays a coroutine function, and a generator function a generator function."""

    def plain(first, exchange, *, last):
        return first, exchange, last

    async def coroutine(first, exchange, *, last):
        return first, exchange, last

    def generator(first, exchange, *, last):
        yield first, exchange, last

    async def async_generator(first, exchange, *, last):
        yield first, exchange, last

    decorated = mock_clearing()({"plain": plain, "coroutine": coroutine}.get(function) or locals()[function])

    async def collect(items):
        return [item async for item in items]

    result = decorated(1, last=2)
    match function:
        case "coroutine":
            result = asyncio.run(result)
        case "generator":
            (result,) = result
        case "async_generator":
            (result,) = asyncio.run(collect(result))

    assert is_of_kind(decorated)
    assert (result[0], type(result[1]), result[2]) == (1, Exchange, 2)
    assert str(inspect.signature(decorated)) == "(first, *, last)"
    assert (decorated.__name__, decorated.__wrapped__.__name__) == (function, function)


def test_decorators_can_be_stacked():
    """Two decorators with different arguments give a test two exchanges."""

    @mock_clearing(argument="sandbox")
    @mock_clearing()
    def trade(exchange, sandbox):
        return exchange, sandbox

    here, there = trade()

    assert (type(here), type(there), here is there) == (Exchange, Exchange, False)


def test_mock_patch_adds_its_arguments():
    """`mock.patch` below the decorator adds its positional arguments."""

    @mock_clearing()
    @mock.patch("os.getcwd")
    def test(getcwd, exchange):
        return getcwd, exchange

    getcwd, exchange = test()

    assert isinstance(getcwd, mock.MagicMock)
    assert isinstance(exchange, Exchange)


def no_parameter():
    """Do nothing."""


def positional_only(exchange, /):
    """Do nothing."""


class NoTest:
    """A class without tests."""


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        (no_parameter, "no_parameter has no parameter 'exchange' that can be passed by name. Add it, or remove"),
        (positional_only, "positional_only has no parameter 'exchange' that can be passed by name."),
        (NoTest, "no test method of NoTest has the parameter 'exchange'. Add it to the tests that need an exchange"),
        (functools.partial(no_parameter), "it is not a function, a method or a class. Decorate a function, below"),
        (pytest.fixture(lambda exchange: 1), "it is not a function, a method or a class. Decorate a function, below"),
        (len, "it is not a function, a method or a class."),
    ],
)
def test_decorator_rejects_what_cannot_get_an_exchange(target, problem):
    """A target that cannot get an exchange is rejected at decoration; otherwise a test would vanish or fail later."""
    with pytest.raises(TypeError, match=problem):
        mock_clearing()(target)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"config": no_parameter}, r"@mock_clearing needs parentheses. Write @mock_clearing\(\)."),
        ({"config": NoTest}, "@mock_clearing needs parentheses"),
        ({"config": "exchange.toml"}, "invalid config: 'exchange.toml'. Pass a Config, such as"),
        ({"clock": 1}, "invalid clock: 1. Pass a Clock, such as"),
    ],
)
def test_invalid_arguments_are_rejected(arguments, problem):
    """Arguments of a wrong type are rejected immediately, among them a decorator without parentheses."""
    with pytest.raises(TypeError, match=problem):
        mock_clearing(**arguments)


def test_async_context_manager_creates_new_exchange():
    """`async with` gives a new exchange with the given clock."""
    clock = ManualClock()

    async def read():
        async with mock_clearing(clock=clock) as exchange:
            return exchange.clock.now_ms(), exchange

    (time, first), (_, second) = asyncio.run(read()), asyncio.run(read())

    assert (time, first is second) == (clock.now_ms(), False)


@mock_clearing()
class DecoratedClass(unittest.TestCase):
    """A decorated `unittest` class, run by whichever runner runs these tests."""

    def test_gets_exchange(self, exchange):
        """A test method of a decorated class gets an exchange."""
        assert exchange.log == []

"""The pytest plugin, the context manager and the decorator, as a user uses them."""

import asyncio
import unittest
from decimal import Decimal
from pathlib import Path

import pytest

from gemini_clearing import GeminiClearing, RateLimitError
from gemini_clearing_mock import Choices, ManualClock, demo_config
from gemini_clearing_mock.testing import mock_clearing

pytest_plugins = ["pytester"]

# Without plugins that have no part in this and take seconds to load.
BARE = ("-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:anyio")

MOCK_PAGE = Path(__file__).parents[2] / "docs" / "mock.md"


def test_fixtures_are_ready_clients_of_one_exchange(clearing_exchange, clearing_initiator, clearing_counterparty):
    """The client fixtures of one test use the same exchange."""
    terms = {"symbol": "btcusd", "amount": Decimal(2), "price": "9500"}
    placed = clearing_initiator.create_order(**terms, side="buy", counterparty_id="OM9VNL1G")
    clearing_counterparty.confirm_order(clearing_id=placed.clearing_id, **terms, side="sell")
    clearing_exchange.clock.advance(seconds=30)

    assert clearing_initiator.get_order(clearing_id=placed.clearing_id).status == "Settled"


def test_fixtures_use_a_loopback_address(clearing_initiator, async_clearing_initiator):
    """A client of the plugin never reaches the real exchange, even without its transport."""
    assert repr(clearing_initiator) == "GeminiClearing(base_url='http://127.0.0.1')"
    assert repr(async_clearing_initiator) == "AsyncGeminiClearing(base_url='http://127.0.0.1')"


def test_fixtures_include_broker_and_auditor(clearing_broker, clearing_auditor, clearing_initiator):
    """There are client fixtures for the broker and for the auditor."""
    placed = clearing_broker.create_broker_order(
        source_counterparty_id="R485E04Q",
        target_counterparty_id="OM9VNL1G",
        symbol="btcusd",
        amount=1,
        price=1,
        side="buy",
        expires_in_hrs=1,
    )

    assert clearing_auditor.get_order(clearing_id=placed.clearing_id).status == "AwaitSourceTargetConfirm"
    assert len(clearing_initiator.list_orders().orders) == 1


def test_fixtures_include_async_clients(async_clearing_initiator, async_clearing_counterparty):
    """There is an asynchronous client fixture for each desk."""

    async def trade():
        terms = {"symbol": "btcusd", "amount": 2, "price": "9500"}
        placed = await async_clearing_initiator.create_order(**terms, side="buy")
        return await async_clearing_counterparty.confirm_order(clearing_id=placed.clearing_id, **terms, side="sell")

    assert asyncio.run(trade()).result == "confirmed"


def test_plugin_isolates_tests(pytester):
    """Each test has its own exchange, in one process or in several."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(6))
        def test_alone(clearing_exchange, clearing_initiator, number):
            clearing_initiator.create_order(symbol="btcusd", amount=1, price=1, side="buy")
            assert len(clearing_initiator.list_orders().orders) == 1
            assert len(clearing_exchange.log) == 2
        """
    )

    pytester.runpytest_subprocess("-n", "2", *BARE).assert_outcomes(passed=6)


def test_fixtures_of_every_scope_and_several_exchanges(pytester):
    """The factories make fixtures of wider scopes, and of several exchanges at the same time."""
    pytester.makeconftest(
        """
        from gemini_clearing_mock import Choices, ManualClock, demo_config
        from gemini_clearing_mock.pytest_plugin import client_fixture, exchange_fixture

        clearing_exchange = exchange_fixture(scope="module")
        sandbox = exchange_fixture(scope="session", config=demo_config(Choices(seed=7)), clock=ManualClock)
        sandbox_initiator = client_fixture("initiator", exchange="sandbox", scope="session")
        async_sandbox_broker = client_fixture("broker", exchange="sandbox", scope="class", asynchronous=True)
        """
    )
    pytester.makepyfile(
        """
        import asyncio

        ORDER = {"symbol": "btcusd", "amount": 1, "price": 1, "side": "buy"}

        def test_first(clearing_exchange, clearing_initiator, sandbox, sandbox_initiator):
            assert sandbox.clock.now_ms() == 1_767_225_600_000
            clearing_initiator.create_order(**ORDER)
            sandbox_initiator.create_order(**ORDER)
            sandbox_initiator.create_order(**ORDER)

        def test_second(clearing_exchange, clearing_initiator, sandbox, sandbox_initiator, async_sandbox_broker):
            assert len(clearing_initiator.list_orders().orders) == 1
            assert len(sandbox_initiator.list_orders().orders) == 2
            assert asyncio.run(async_sandbox_broker.list_broker_orders()).orders == []
        """
    )

    pytester.runpytest_inprocess(*BARE, "-p", "no:xdist").assert_outcomes(passed=2)


def test_plugin_describes_its_fixtures(pytester):
    """`pytest --fixtures` describes each client."""
    listed = pytester.runpytest_subprocess("--fixtures", *BARE).stdout.str()

    assert "A client of a third desk, which is not a party of the others' orders." in listed
    assert "An asynchronous client of a third desk, which is not a party of the others' orders." in listed


def test_example_on_page_passes(pytester):
    """The test file in `docs/mock.md` passes unchanged."""
    example = MOCK_PAGE.read_text().split("```python\n# test_desk.py\n", 1)[1].split("```", 1)[0]
    pytester.makepyfile(test_desk=example)

    pytester.runpytest_subprocess(*BARE).assert_outcomes(passed=example.count("def test_"))


def client(exchange, name="initiator"):
    """Return a client of a desk."""
    account = exchange.account(name)
    return GeminiClearing(
        api_key=account.api_key,
        api_secret=account.api_secret,
        base_url="http://127.0.0.1",
        transport=exchange.transport(),
    )


def test_context_manager_creates_new_exchange():
    """Each block has a new exchange with the given clock."""
    clock = ManualClock()
    for _ in range(2):
        with mock_clearing(clock=clock) as exchange, client(exchange) as desk:
            desk.create_order(symbol="btcusd", amount=1, price=1, side="buy")
            assert len(desk.list_orders().orders) == 1
            assert exchange.clock.now_ms() == clock.now_ms()


def test_context_manager_uses_configuration():
    """The exchange has the given configuration."""
    config = demo_config(Choices(requests_per_minute=1, queued_requests=0))

    with mock_clearing(config) as exchange, client(exchange) as desk:
        desk.list_orders()
        with pytest.raises(RateLimitError):
            desk.list_orders()


class DecoratedTest(unittest.TestCase):
    """Tests of the decorator on methods of `unittest`."""

    @mock_clearing()
    def test_method_gets_exchange(self, exchange):
        """A test method gets the exchange as keyword argument."""
        with client(exchange) as desk:
            assert desk.list_orders().orders == []


def test_decorator_supports_coroutine_functions():
    """A decorated coroutine function is a coroutine function."""

    @mock_clearing()
    async def count(exchange):
        return len(exchange.accounts)

    assert asyncio.run(count()) == 6


@mock_clearing()
def test_decorator_hides_exchange_from_pytest(exchange):
    """pytest does not look for a fixture named `exchange`."""
    assert exchange.log == []


@pytest.mark.parametrize("name", ["nobody", ""])
def test_account_error_lists_known_keys(clearing_exchange, name):
    """The error for an unknown key lists the known ones."""
    with pytest.raises(Exception, match=r"unknown key '.*'. Keys: initiator, counterparty"):
        clearing_exchange.account(name)

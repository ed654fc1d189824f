"""The runs that the tests of the reports share, and a served mock."""

from collections.abc import Iterator

import pytest

from gemini_clearing_contract.report.summary import Summary, summarize
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.targets.served_mock import served_mock
from tests.contract.reporting import hanging, without_clearing_id
from tests.contract.running import intercepted, run_of


@pytest.fixture(scope="module")
def summary() -> Summary:
    """A run with findings."""
    return summarize(run_of("examples", "bad_signatures", target=intercepted(without_clearing_id)), 1.5)


@pytest.fixture(scope="module")
def stopped() -> Summary:
    """A run that stopped early, without findings."""
    return summarize(run_of("sequences", "state_machine", target=intercepted(hanging)), 1.5)


@pytest.fixture(scope="module")
def green() -> Summary:
    """A run without findings, and with a skipped layer."""
    return summarize(run_of("examples", "over_http"), 1.5)


@pytest.fixture(scope="module")
def mock() -> Iterator[HttpTarget]:
    """A mock over HTTP that the tests of a module share: to each test it is a server with earlier orders."""
    with served_mock() as target:
        yield target

"""The runs that the tests of the reports share: one with findings, one that broke off, one without findings."""

from __future__ import annotations

import pytest

from gemini_clearing_contract.report.summary import Summary, summarize
from tests.contract.reporting import breaking, without_clearing_id
from tests.contract.running import behind, run_of


@pytest.fixture(scope="module")
def summary() -> Summary:
    """A run with findings."""
    return summarize(run_of("examples", "bad_signatures", target=behind(without_clearing_id)), 1.5)


@pytest.fixture(scope="module")
def broken() -> Summary:
    """A run that broke off, without findings."""
    return summarize(run_of("sequences", "state_machine", target=behind(breaking)), 1.5)


@pytest.fixture(scope="module")
def green() -> Summary:
    """A run without findings, and with a layer that is not run."""
    return summarize(run_of("examples", "over_http"), 1.5)

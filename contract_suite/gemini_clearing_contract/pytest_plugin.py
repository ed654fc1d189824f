"""
The pytest plugin: `pytest --clearing-target URL --clearing-credentials FILE` adds a test for each layer of the suite.

Loaded by the entry point `pytest11`. Without `--clearing-target` it imports no other module of the suite.

PYTEST_DONT_REWRITE: see the package.
"""

import pytest

__all__ = ["pytest_addoption", "pytest_collection_modifyitems", "pytest_configure"]

MARKER = "clearing_contract: a layer of the Gemini Clearing contract suite"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("gemini-clearing-contract", "contract tests of a Gemini Clearing server")
    group.addoption("--clearing-target", metavar="URL", help="test this server, or `mock` for the embedded mock")
    group.addoption("--clearing-credentials", metavar="FILE", help="JSON file with the server's accounts")
    more = "further options of the command gemini-clearing-contract, such as '--profile quick'"
    group.addoption("--clearing-options", metavar="OPTIONS", default="", help=more)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and reject parallel workers: the layers depend on the order of their requests."""
    config.addinivalue_line("markers", MARKER)
    is_parallel = hasattr(config, "workerinput") or config.getoption("dist", "no") != "no"
    if config.getoption("--clearing-target") is not None and is_parallel:
        raise pytest.UsageError("--clearing-target needs a single process. Add `-n 0`.")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the tests of the layers."""
    if config.getoption("--clearing-target") is not None:
        from .pytest_items import contract_items

        items += contract_items(session)

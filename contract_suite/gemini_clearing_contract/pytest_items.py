"""The tests that the pytest plugin adds: one for each layer, and one for the keyword coverage."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from .cli import choose_target, layers_of, run_of, spec_of
from .errors import TargetError
from .findings.finding import Finding
from .options import Options, parse_options
from .run.run import Layer, Run
from .run.runner import Runner

__all__ = ["contract_items"]


class ContractFailure(Exception):
    """The findings of a layer."""


def contract_items(session: pytest.Session) -> Iterator[pytest.Item]:
    """Yield the tests of the layers that the options select."""
    options = _options(session.config)
    try:
        spec = spec_of(options)
        target = choose_target(options, spec)
    except TargetError as error:
        raise pytest.UsageError(str(error)) from error
    runner = Runner(run_of(options, spec, target))
    session.config.add_cleanup(target.close)
    session.config.add_cleanup(lambda: _clean_up(runner))  # called before the one above
    for layer in layers_of(options):
        yield LayerItem.from_parent(session, name=layer.name, runner=runner, layer=layer)
    yield EndItem.from_parent(session, name="completion", runner=runner)


def _clean_up(runner: Runner) -> None:
    """Cancel the orders of a run whose last test was not run: it was deselected, or an earlier one ended pytest."""
    if result := runner.clean_up():
        sys.stderr.write(f"clearing contract: {result}\n")


def _options(config: pytest.Config) -> Options:
    """
    Return the options of the run.

    Raises:
        pytest.UsageError: An option is wrong.
    """
    target, credentials = config.getoption("--clearing-target").strip(), config.getoption("--clearing-credentials")
    if not target:
        raise pytest.UsageError("--clearing-target is empty. Give an address or `mock`, or leave out the option.")
    try:
        arguments = shlex.split(config.getoption("--clearing-options"))
    except ValueError as error:
        raise pytest.UsageError(f"--clearing-options cannot be split into options: {error}.") from error
    if target != "mock":
        arguments += ["--target", target]
    if credentials:
        arguments += ["--credentials", credentials]
    try:
        return parse_options(arguments)
    except SystemExit as error:
        # argparse has printed what is wrong.
        raise pytest.UsageError("--clearing-options contains an option that is wrong; see above.") from error


class _Item(pytest.Item):
    """A test that uses the common run."""

    def __init__(self, *, name: str, runner: Runner, **more: Any) -> None:
        super().__init__(name, nodeid=f"clearing_contract::{name}", **more)
        self.runner = runner
        self.add_marker("clearing_contract")

    @property
    def run_data(self) -> Run:
        """The common run."""
        return self.runner.run

    def fail(self, findings: list[Finding]) -> NoReturn:
        """Fail with the description of each finding."""
        raise ContractFailure("\n\n".join(finding.describe() for finding in findings))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the findings without a traceback."""
        if isinstance(excinfo.value, ContractFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return the place and the name of the test."""
        return self.session.path, None, f"clearing contract: {self.name}"


class LayerItem(_Item):
    """The test of one layer."""

    def __init__(self, *, layer: Layer, **more: Any) -> None:
        super().__init__(**more)
        self.layer = layer

    def runtest(self) -> None:
        """Run the layer; an incomplete layer fails like one with findings."""
        result = self.runner.run_layer(self.layer)
        findings = [one for one in self.run_data.ledger.findings.values() if one.layer == self.layer.name]
        if result.is_suite_error:
            raise RuntimeError(result.stopped)
        if result.stopped:
            stopped = f"The target could not be tested: {result.stopped}"
            raise ContractFailure("\n\n".join([stopped, *(finding.describe() for finding in findings)]))
        if findings:
            self.fail(findings)
        if result.skipped:
            # The target or the profile excludes the layer: pytest reports it as skipped, with this reason.
            pytest.skip(result.skipped)


class EndItem(_Item):
    """The end of the run: the keyword coverage, and the orders on a server that other people use."""

    def runtest(self) -> None:
        """Complete the run."""
        before = set(self.run_data.ledger.findings)
        stopped_before = self._stopped()
        self.runner.finish()
        stopped = self._stopped()
        if stopped != stopped_before:
            raise ContractFailure(stopped)
        findings = [one for key, one in self.run_data.ledger.findings.items() if key not in before]
        if findings:
            self.fail(findings)

    def _stopped(self) -> str | None:
        return self.run_data.results[-1].stopped if self.run_data.results else None

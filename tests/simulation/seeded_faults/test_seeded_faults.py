"""The seeded faults of the client fit its source, and a detection reports which of them survive."""

import dataclasses

import pytest

from tests.faults.source_edits import sources_of
from tests.simulation.checks import RULES
from tests.simulation.seeded_faults.__main__ import main
from tests.simulation.seeded_faults.catalog import CATALOG
from tests.simulation.seeded_faults.client_fault import ClientFault
from tests.simulation.seeded_faults.detection import detect_all


def test_catalog_breaks_each_rule_of_a_statement() -> None:
    """At least 25 faults with unique names, each with a rule of the simulation that must detect it."""
    assert len({fault.name for fault in CATALOG}) == len(CATALOG) >= 25
    assert {fault.rule for fault in CATALOG} <= RULES.keys()


@pytest.mark.parametrize("fault", CATALOG, ids=lambda fault: fault.name)
def test_fault_fits_one_module_of_the_client(fault: ClientFault) -> None:
    """A fault quotes current source: a change of that source updates the fault."""
    modules = {module: source for module, source in sources_of(fault.package).items() if fault.old in source}

    assert len(modules) == 1
    for module, source in modules.items():
        compile(source.replace(fault.old, fault.new), module, "exec")


def test_fault_is_detected_by_its_rule() -> None:
    """A detection names the first seed that violates the fault's rule."""
    fault = next(fault for fault in CATALOG if fault.name == "an unknown outcome is not logged")
    (detection,) = detect_all([fault], seeds=40, jobs=1)

    assert (detection.error, detection.rule, detection.seed is not None) == ("", "not reported", True)


def test_surviving_fault_fails_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """A fault that no seed has detected makes the exit status 1."""
    assert main(["--only", "an unknown outcome is not logged", "--seeds", "0"]) == 1
    assert "survived" in capsys.readouterr().out


def test_fault_that_does_not_fit_survives_with_its_error() -> None:
    """A fault that cannot be planted counts as a survivor, and the reason is reported."""
    fault = dataclasses.replace(CATALOG[0], name="unknown")
    (detection,) = detect_all([fault], seeds=1, jobs=1)

    assert detection.seed is None
    assert detection.error

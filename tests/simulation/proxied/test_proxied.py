"""The run over real sockets: its harness, and the client in a small run."""

import pytest

from tests.simulation.proxied import run as proxied


def test_proxied_run_without_faults_has_no_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the proxy injects nothing, every write is done once."""
    monkeypatch.setattr(proxied, "_RATE", 0.0)
    report = proxied.run(60, threads=3)

    assert (report.violations, report.injected.total(), report.ambiguous) == ((), 0, 0)
    assert report.writes == report.statements["done"] == 60

"""What a terminal shows while a run goes on, and at its end."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.report.summary import Summary
from gemini_clearing_contract.report.terminal import LiveView
from gemini_clearing_contract.run.run import LayerResult, Run
from tests.contract.reporting import write_text
from tests.contract.running import run_of


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_terminal_keeps_to_its_width(width: int, summary: Summary, broken: Summary, green: Summary) -> None:
    """No line is broken by a narrow terminal, but commands, which stay whole to be copied."""
    for run in (summary, broken, green):
        lines = [line for line in write_text(run, width).splitlines() if "again " not in line]

        assert [] == [line for line in lines if len(line) > width]


def test_terminal_leaves_out_a_matrix_that_does_not_fit(green: Summary) -> None:
    """A table that is cut off says less than a sentence."""
    assert "too narrow" in write_text(green, 60)
    assert "too narrow" not in write_text(green, 100)


def live(run: Run, *, is_terminal: bool) -> str:
    """What a run shows while it goes on."""
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=is_terminal, highlight=False)
    layers = (layer_named("examples"), layer_named("over_http"))
    view = LiveView(console, run, layers)
    with view:
        run.run_layer(layers[0])
        run.results.append(LayerResult(layers[1], left_out="a reason"))
        for result in run.results:
            view.show(result)
    return file.getvalue()


def test_piped_view_prints_a_line_for_each_layer() -> None:
    """A log holds no cursor movements, and the reason for what was not run."""
    text = live(run_of(), is_terminal=False)

    assert "\x1b" not in text
    assert "✓ examples" in text
    assert "not run: a reason" in text


def test_terminal_view_moves() -> None:
    """On a terminal the lines are drawn over."""
    assert "\x1b[" in live(run_of(), is_terminal=True)

"""The terminal output during a run and at its end."""

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
def test_terminal_output_fits_its_width(width: int, summary: Summary, stopped: Summary, green: Summary) -> None:
    """No line is wider than the terminal, apart from commands, which are not broken so that they can be copied."""
    for run in (summary, stopped, green):
        lines = [line for line in write_text(run, width).splitlines() if "reproduce " not in line]

        assert [] == [line for line in lines if len(line) > width]


def test_terminal_omits_a_table_that_does_not_fit(green: Summary) -> None:
    """A narrow terminal shows a sentence in place of the table."""
    assert "too narrow" in write_text(green, 60)
    assert "too narrow" not in write_text(green, 100)


def live(run: Run, *, is_terminal: bool) -> str:
    """Return the output during a run."""
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=is_terminal, highlight=False)
    layers = (layer_named("examples"), layer_named("over_http"))
    view = LiveView(console, run, layers)
    with view:
        run.run_layer(layers[0])
        run.results.append(LayerResult(layers[1], skipped="a reason"))
        for result in run.results:
            view.show(result)
    return file.getvalue()


def test_piped_view_prints_a_line_for_each_layer() -> None:
    """A log contains no cursor movements, and the reason of a skipped layer."""
    text = live(run_of(), is_terminal=False)

    assert "\x1b" not in text
    assert "✓ examples" in text
    assert "skipped: a reason" in text


def test_terminal_view_is_updated_in_place() -> None:
    """On a terminal the lines are replaced."""
    assert "\x1b[" in live(run_of(), is_terminal=True)

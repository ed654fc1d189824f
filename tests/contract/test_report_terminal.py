"""The terminal output during a run and at its end."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from gemini_clearing_contract.cli import main
from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.report.summary import Summary
from gemini_clearing_contract.report.terminal import UNLIMITED, LiveView
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


def test_output_to_a_file_is_not_wrapped(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Outside a terminal, and in summary.txt, each statement is one line, so that grep finds it."""
    main(["--layers", "examples", "--profile", "quick", "--report-dir", str(tmp_path)])

    scope = json.loads((tmp_path / "report.json").read_text())["scope"]
    assert len(scope) > 100
    for text in (capsys.readouterr().out, (tmp_path / "summary.txt").read_text()):
        assert f"No findings.  {scope}" in text.splitlines()


def test_root_cause_outside_a_terminal_has_a_line_for_each_fact(summary: Summary) -> None:
    """Expectation, response and each step are whole, and without spaces that fill a table."""
    lines = write_text(summary, UNLIMITED).splitlines()

    for cause in summary.root_causes[:2]:
        assert f"     expected  {cause.example.expected}" in lines
        assert f"     actual    {cause.example.actual}" in lines
    assert max(map(len, lines)) < 500


def test_no_line_outside_a_terminal_ends_with_spaces(summary: Summary, stopped: Summary, green: Summary) -> None:
    """The title and the headings of the table are not filled with spaces either."""
    for each in (summary, stopped, green):
        lines = write_text(each, UNLIMITED).splitlines()
        assert [] == [line for line in lines if line != line.rstrip()]
    assert "Checked, by layer and operation" in lines


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

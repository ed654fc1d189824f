"""The terminal output: a line for each layer during the run, then the root causes and the result."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..findings.finding import Finding
from ..findings.root_causes import RootCause
from ..findings.text import shorten
from ..run.run import Layer, LayerResult, Run
from .summary import Summary, count

__all__ = ["UNLIMITED", "LiveView", "print_summary"]

# The width without a terminal: a file or another program gets each statement as one line, so that grep finds it.
UNLIMITED = 1_000_000

# How many root causes of one check are shown, and how many steps of each; the reports contain all of them.
SHOWN, STEPS, STEP_LENGTH = 3, 3, 320
INDENT, NAME_WIDTH = 5, 18


class LiveView:
    """Shows the layers during the run; updated in place on a terminal, one line for each finished layer elsewhere."""

    def __init__(self, console: Console, run: Run, layers: tuple[Layer, ...]) -> None:
        self._console = console
        self._run = run
        self._layers = layers
        self._starts: dict[str, float] = {}
        self._start = time.monotonic()
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(
                console=console, get_renderable=self._table, refresh_per_second=8, transient=True,
                vertical_overflow="crop",
            )  # fmt: skip

    def __enter__(self) -> Self:
        run = self._run
        settings = f" (profile {run.profile.name}, seed {run.seed})"
        self._console.print(Text.assemble("Testing ", (run.target.name, "bold"), settings))
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, result: LayerResult) -> None:
        """Print a finished layer, unless the view is updated in place."""
        if self._live is None and result.is_finished:
            self._console.print(self._line(result))

    def _line(self, result: LayerResult) -> Text:
        findings = self._run.ledger.count(result.layer.name)
        return _layer_line(
            name=result.layer.name, cases=result.cases, seconds=result.seconds, findings=findings,
            stopped=result.stopped, skipped=result.skipped,
        )  # fmt: skip

    def _table(self) -> Group:
        results = {result.layer.name: result for result in self._run.results}
        lines = [self._live_line(layer, results.get(layer.name)) for layer in self._layers]
        lines.append(self._progress(len(results)))
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        return Group(*lines)

    def _progress(self, started: int) -> Text:
        ledger = self._run.ledger
        parts = (
            f"layer {started} of {len(self._layers)}",
            f"{time.monotonic() - self._start:.0f} s",
            f"{sum(ledger.requests.values()):,} checked",
            count(len(ledger.findings), "finding"),
        )
        return Text(f"    {', '.join(parts)}", "dim")

    def _live_line(self, layer: Layer, result: LayerResult | None) -> Text:
        if result is None:
            return Text(f"  · {layer.name:{NAME_WIDTH}}{layer.title}", "dim")
        if result.is_finished:
            return self._line(result)
        now = time.monotonic()
        seconds = now - self._starts.setdefault(layer.name, now)
        return Text(f"  ▸ {layer.name:{NAME_WIDTH}}{result.cases:6} cases  {seconds:6.1f} s  {layer.title}", "bold")


def _layer_line(
    *, name: str, cases: int, seconds: float, findings: int, stopped: str | None, skipped: str | None, **_: Any
) -> Text:
    """Return a layer in one line: passed, with findings, stopped early, or skipped and why."""
    if skipped:
        return Text.assemble(("  – ", "yellow"), f"{name:{NAME_WIDTH}}", (f"skipped: {skipped}", "yellow"))
    mark = ("  ✗ ", "red") if findings or stopped else ("  ✓ ", "green")
    line = Text.assemble(mark, f"{name:{NAME_WIDTH}}{cases:6} cases  {seconds:6.1f} s")
    if findings:
        line.append(f"  {count(findings, 'finding')}", "red")
    return line.append("  stopped early", "red") if stopped else line


def print_summary(console: Console, summary: Summary, reports: str) -> None:
    """Print every root cause, what was checked, and last the result, so that it remains visible."""
    for causes in _by_check(summary.root_causes):
        _print_causes(console, causes)
    if console.is_terminal:
        for layer in summary.layers:
            console.print(_layer_line(**layer))
    console.print()
    if summary.total:
        _print_checked(console, summary)
        console.print()
    _print_result(console, summary, reports)


def _by_check(causes: Iterable[RootCause]) -> list[list[RootCause]]:
    """Group the root causes by check, in the order of the first occurrence of each check."""
    groups: dict[str, list[RootCause]] = {}
    for cause in causes:
        groups.setdefault(cause.example.check, []).append(cause)
    return list(groups.values())


def _print_causes(console: Console, causes: list[RootCause]) -> None:
    for cause in causes[:SHOWN]:
        _print_cause(console, cause)
    rest = causes[SHOWN:]
    if rest:
        places = ", ".join(f"{cause.where} {cause.place}" for cause in rest)
        line = f"{count(len(rest), 'more root cause')} with the check “{rest[0].example.check}”: {shorten(places, 400)}"
        console.print()
        _print_indented(console, Text(line, "red"))


def _print_cause(console: Console, cause: RootCause) -> None:
    console.print()
    console.print(Text.assemble((f"✗ {cause.number:<2} {cause.title}", "bold red")), soft_wrap=False)
    _print_facts(console, list(_facts(cause, cause.example)))
    # In one line without breaks, so that it can be copied.
    console.print(Text(f"{' ' * INDENT}reproduce {cause.example.replay}"), soft_wrap=True)


def _print_facts(console: Console, facts: list[tuple[str, str]]) -> None:
    if console.width >= UNLIMITED:
        # A table would fill each line with spaces up to the longest.
        for label, text in facts:
            console.print(Text(f"{' ' * INDENT}{label:10}{text}"), soft_wrap=True)
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in facts:
        table.add_row(label, Text(text, "dim" if label in {"steps", ""} else ""))
    _print_indented(console, table)


def _facts(cause: RootCause, finding: Finding) -> Iterator[tuple[str, str]]:
    if len(cause.operations) > 1:
        yield "in", ", ".join(cause.operations)
    yield "found by", ", ".join(cause.layers)
    yield "expected", finding.expected
    yield "actual", finding.actual
    steps = finding.steps[-STEPS:]
    earlier = len(finding.steps) - len(steps)
    for index, step in enumerate(steps):
        before = f"(after {count(earlier, 'step')}) " if earlier and index == 0 else ""
        yield "steps" if index == 0 else "", before + shorten(step, STEP_LENGTH)
    if cause.consequences:
        kinds = Counter(f"{one.operation} · {one.check} · {one.key[3]}" for one in cause.consequences)
        yield "", f"{count(len(cause.consequences), 'consequence')}: {shorten('; '.join(kinds), 300)}"


def _print_indented(console: Console, content: Text | Table) -> None:
    console.print(Padding(content, (0, 0, 0, INDENT), expand=False), soft_wrap=False)


def _print_checked(console: Console, summary: Summary) -> None:
    matrix = _matrix(summary)
    # The width without a limit: with a smaller one, rich would cut off numbers.
    if console.measure(matrix, options=console.options.update(width=1000)).maximum <= console.width:
        _print_table(console, matrix)
    else:
        narrow = "[dim]The terminal is too narrow for the table of layers and operations; report.html contains it.[/]"
        console.print(narrow, soft_wrap=False)
    keywords = summary.keywords
    console.print(
        f"Keywords of the request schemas: {keywords['satisfied']} of {keywords['units']} satisfied, "
        f"{keywords['violated']} of {keywords['units']} violated.",
        soft_wrap=False,
    )


def _print_table(console: Console, table: Table) -> None:
    if console.is_terminal:
        console.print(table, soft_wrap=False)
        return
    # In a file, the spaces with which rich fills the title and the headings would be part of the lines.
    with console.capture() as captured:
        console.print(table, soft_wrap=False)
    for line in captured.get().splitlines():
        console.print(Text(line.rstrip()), soft_wrap=True)


def _print_result(console: Console, summary: Summary, reports: str) -> None:
    color = "green" if summary.exit_status == 0 else "red"
    for reason in (summary.suite_error, summary.stopped):
        if reason:
            console.print(f"[red]{escape(reason)}[/]", soft_wrap=False)
    console.print(f"[bold {color}]{escape(summary.result)}.[/]  {escape(summary.scope)}", soft_wrap=False)
    checked = f"{count(summary.total, 'response')} and calls checked in {summary.seconds:.1f} s."
    console.print(f"{checked}  Reports: {escape(reports)}", soft_wrap=False)


def _matrix(summary: Summary) -> Table:
    """Return a row for each layer and a column for each operation."""
    table = Table(
        title="Checked, by layer and operation", title_justify="left", box=None, pad_edge=False, header_style="dim"
    )
    table.add_column("", no_wrap=True)
    for operation in summary.requests:
        table.add_column("\n".join(operation.split("_")), justify="right", no_wrap=True)
    table.add_column("all", justify="right", no_wrap=True)
    bad = {(finding.operation, finding.layer) for finding in summary.findings}
    for layer in (layer["name"] for layer in summary.layers if layer["checked"]):
        counts = {operation: row.get(layer, 0) for operation, row in summary.requests.items()}
        cells = [
            f"[red]{number}[/]" if (operation, layer) in bad else str(number or "")
            for operation, number in counts.items()
        ]
        table.add_row(layer, *cells, str(sum(counts.values())))
    totals = [sum(row.values()) for row in summary.requests.values()]
    table.add_row("all", *map(str, totals), str(sum(totals)), style="bold")
    return table

"""The terminal: a live line for each layer while it runs, then what was found, by its causes, and what was judged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator

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

__all__ = ["LiveView", "print_summary"]

# How many causes of one check are told in full, and how many steps of a case; the reports have them all.
TOLD, STEPS, STEP_LENGTH = 3, 3, 320
INDENT = 5


class LiveView:
    """Shows the layers while they run; on a terminal it moves, elsewhere it prints a line for each finished layer."""

    def __init__(self, console: Console, run: Run, layers: tuple[Layer, ...]) -> None:
        self._console = console
        self._run = run
        self._layers = layers
        self._started: dict[str, float] = {}
        self._begun = time.monotonic()
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(
                console=console, get_renderable=self._table, refresh_per_second=8, transient=True,
                vertical_overflow="crop",
            )  # fmt: skip

    def __enter__(self) -> LiveView:
        run = self._run
        what = Text.assemble("Judging ", (run.target.name, "bold"), f" (profile {run.profile.name}, seed {run.seed})")
        self._console.print(what)
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, result: LayerResult) -> None:
        """Take up how far the run is; what moves is drawn by itself."""
        if self._live is None and (result.seconds or result.left_out):
            self._console.print(self._line(result))

    def _line(self, result: LayerResult) -> Text:
        found = sum(finding.layer == result.layer.name for finding in self._run.ledger.findings.values())
        return _layer_line(result.layer.name, result.cases, result.seconds, found, result.stopped, result.left_out)

    def _table(self) -> Group:
        results = {result.layer.name: result for result in self._run.results}
        lines = [self._live_line(layer, results.get(layer.name)) for layer in self._layers]
        lines.append(self._progress(len(results)))
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        return Group(*lines)

    def _progress(self, begun: int) -> Text:
        ledger = self._run.ledger
        parts = (
            f"layer {begun} of {len(self._layers)}",
            f"{time.monotonic() - self._begun:.0f} s",
            f"{sum(ledger.requests.values()):,} judged",
            count(len(ledger.findings), "finding"),
        )
        return Text(f"    {', '.join(parts)}", "dim")

    def _live_line(self, layer: Layer, result: LayerResult | None) -> Text:
        if result is None:
            return Text(f"  · {layer.name:18}{layer.title}", "dim")
        if result.seconds or result.left_out:
            return self._line(result)
        now = time.monotonic()
        seconds = now - self._started.setdefault(layer.name, now)
        return Text(f"  ▸ {layer.name:18}{result.cases:6} cases  {seconds:6.1f} s  {layer.title}", "bold")


def _layer_line(
    name: str, cases: int, seconds: float, findings: int, stopped: str | None, left_out: str | None
) -> Text:
    """How a layer went, in one line: passed, with findings, broken off, or not run and why."""
    if left_out:
        return Text.assemble(("  – ", "yellow"), f"{name:18}", (f"not run: {left_out}", "yellow"))
    mark = ("  ✗ ", "red") if findings or stopped else ("  ✓ ", "green")
    line = Text.assemble(mark, f"{name:18}{cases:6} cases  {seconds:6.1f} s")
    if findings:
        line.append(f"  {count(findings, 'finding')}", "red")
    return line.append("  broken off", "red") if stopped else line


def print_summary(console: Console, summary: Summary, reports: str) -> None:
    """Print every cause, what was judged, and last the verdict, which is what stays in sight."""
    for causes in _by_check(summary.causes):
        _print_causes(console, causes)
    if console.is_terminal:
        for one in summary.layers:
            names = ("name", "cases", "seconds", "findings", "stopped", "left_out")
            console.print(_layer_line(*(one[name] for name in names)))
    console.print()
    if summary.total:
        _print_checked(console, summary)
        console.print()
    _print_verdict(console, summary, reports)


def _by_check(causes: Iterable[RootCause]) -> list[list[RootCause]]:
    """Causes of the same check side by side, in the order in which the checks were first broken."""
    groups: dict[str, list[RootCause]] = {}
    for cause in causes:
        groups.setdefault(cause.told_by.check, []).append(cause)
    return list(groups.values())


def _print_causes(console: Console, causes: list[RootCause]) -> None:
    for cause in causes[:TOLD]:
        _print_cause(console, cause)
    rest = causes[TOLD:]
    if rest:
        places = ", ".join(f"{cause.where} {cause.place}" for cause in rest)
        line = f"{count(len(rest), 'more cause')} of the check “{rest[0].told_by.check}”: {shorten(places, 400)}"
        console.print()
        _print_indented(console, Text(line, "red"))


def _print_cause(console: Console, cause: RootCause) -> None:
    finding = cause.told_by
    console.print()
    console.print(Text.assemble((f"✗ {cause.number:<2} {cause.title}", "bold red")), soft_wrap=False)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in _facts(cause, finding):
        table.add_row(label, Text(text, "dim" if label in {"case", ""} else ""))
    _print_indented(console, table)
    # On a line of its own, unbroken, so that it can be copied.
    console.print(Text(f"{' ' * INDENT}again     {finding.replay}"), soft_wrap=True)


def _facts(cause: RootCause, finding: Finding) -> Iterator[tuple[str, str]]:
    if len(cause.operations) > 1:
        yield "in", ", ".join(cause.operations)
    yield "seen by", ", ".join(cause.layers)
    yield "expected", finding.expected
    yield "got", finding.got
    steps = finding.case[-STEPS:]
    earlier = len(finding.case) - len(steps)
    for index, step in enumerate(steps):
        before = f"({count(earlier, 'step')} before) " if earlier and index == 0 else ""
        yield "case" if index == 0 else "", before + shorten(step, STEP_LENGTH)
    if cause.following:
        kinds = Counter(f"{one.operation} · {one.check} · {one.key[3]}" for one in cause.following)
        verb = "follows" if len(cause.following) == 1 else "follow"
        yield "", f"{count(len(cause.following), 'finding')} {verb} from it: {shorten('; '.join(kinds), 300)}"


def _print_indented(console: Console, what: Text | Table) -> None:
    console.print(Padding(what, (0, 0, 0, INDENT), expand=False), soft_wrap=False)


def _print_checked(console: Console, summary: Summary) -> None:
    matrix = _matrix(summary)
    # What it would like to have: on less its numbers are cut off.
    if console.measure(matrix, options=console.options.update(width=1000)).maximum <= console.width:
        console.print(matrix, soft_wrap=False)
    else:
        narrow = "[dim]This terminal is too narrow for the matrix layer × operation; report.html has it.[/]"
        console.print(narrow, soft_wrap=False)
    keywords = summary.keywords
    console.print(
        f"Keywords of the request schemas: {keywords['satisfied']} of {keywords['units']} satisfied, "
        f"{keywords['violated']} of {keywords['units']} violated.",
        soft_wrap=False,
    )


def _print_verdict(console: Console, summary: Summary, reports: str) -> None:
    color = "green" if summary.exit_status == 0 else "red"
    if summary.stopped:
        console.print(f"[red]{escape(summary.stopped)}[/]", soft_wrap=False)
    console.print(f"[bold {color}]{escape(summary.expected)}.[/]  {escape(summary.scope)}", soft_wrap=False)
    judged = f"{count(summary.total, 'answer')} and calls judged in {summary.seconds:.1f} s."
    console.print(f"{judged}  Reports: {escape(reports)}", soft_wrap=False)


def _matrix(summary: Summary) -> Table:
    """One row for each layer, one column for each operation: twelve layers beside each other fit no terminal."""
    table = Table(
        title="Checked, by layer and operation", title_justify="left", box=None, pad_edge=False, header_style="dim"
    )
    table.add_column("", no_wrap=True)
    for operation in summary.requests:
        table.add_column("\n".join(operation.split("_")), justify="right", no_wrap=True)
    table.add_column("all", justify="right", no_wrap=True)
    bad = {(finding.operation, finding.layer) for finding in summary.findings}
    for layer in (layer["name"] for layer in summary.layers if layer["judged"]):
        counts = {operation: row.get(layer, 0) for operation, row in summary.requests.items()}
        cells = [
            f"[red]{number}[/]" if (operation, layer) in bad else str(number or "")
            for operation, number in counts.items()
        ]
        table.add_row(layer, *cells, str(sum(counts.values())))
    totals = [sum(row.values()) for row in summary.requests.values()]
    table.add_row("all", *map(str, totals), str(sum(totals)), style="bold")
    return table

"""The terminal: a live line for each layer while it runs, then what was checked, and every finding."""

from __future__ import annotations

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from contract._plan import Layer, LayerResult, Run
from contract._report.summary import Summary

__all__ = ["LiveView", "print_summary"]


class LiveView:
    """Shows the layers while they run; on a terminal it moves, elsewhere it prints a line for each finished layer."""

    def __init__(self, console: Console, run: Run, layers: tuple[Layer, ...]) -> None:
        self._console = console
        self._run = run
        self._layers = layers
        self._live = Live(console=console, refresh_per_second=4, transient=True) if console.is_terminal else None

    def __enter__(self) -> LiveView:
        self._console.print(
            f"Judging [bold]{escape(self._run.target.name)}[/] "
            f"(profile {self._run.profile.name}, seed {self._run.seed})"
        )
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, result: LayerResult) -> None:
        """Draw how far the run is."""
        if self._live:
            self._live.update(self._table())
        elif result.seconds:
            self._console.print(self._line(result))

    def _findings(self, result: LayerResult) -> int:
        return sum(finding.layer == result.layer.name for finding in self._run.ledger.findings.values())

    def _line(self, result: LayerResult) -> Text:
        found = self._findings(result)
        mark, style = ("✗", "red") if found or result.stopped else ("✓", "green")
        text = Text.assemble(
            (f"  {mark} ", style), f"{result.layer.name:16} {result.cases:6} cases  {result.seconds:6.1f} s"
        )
        return text.append(f"  {found} findings", "red") if found else text

    def _table(self) -> Group:
        done = {result.layer.name: result for result in self._run.results}
        lines = []
        for layer in self._layers:
            result = done.get(layer.name)
            if result is None:
                lines.append(Text(f"  · {layer.name:16} {layer.title}", "dim"))
            elif result.seconds:
                lines.append(self._line(result))
            else:
                lines.append(Text(f"  … {layer.name:16} {result.cases:6} cases  {layer.title}", "bold"))
        return Group(*lines)


def print_summary(console: Console, summary: Summary, reports: str) -> None:
    """Print what was checked, how often, and what was found."""
    if console.is_terminal:
        for layer in summary.layers:
            mark = "[red]✗[/]" if layer["findings"] or layer["stopped"] else "[green]✓[/]"
            console.print(f"  {mark} {layer['name']:16} {layer['cases']:6} cases  {layer['seconds']:6.1f} s")
    console.print(_matrix(summary))
    keywords = summary.keywords
    console.print(
        f"Keywords of the request schemas: {keywords['satisfied']} of {keywords['units']} satisfied, "
        f"{keywords['violated']} of {keywords['units']} violated."
    )
    for finding in summary.findings:
        console.print()
        console.print(f"[bold red]✗ {escape(finding.title)}[/]  ({finding.layer})")
        console.print(f"    expected  {escape(finding.expected)}")
        console.print(f"    got       {escape(finding.got)}")
        for step in finding.case[-3:]:
            console.print(f"    [dim]{escape(step)}[/]")
        console.print(f"    again     {escape(finding.replay)}")
    console.print()
    if summary.stopped:
        console.print(f"[bold red]The target could not be judged to the end.[/] {escape(summary.stopped)}")
    verdict = f"[bold red]{len(summary.findings)} findings[/]" if summary.findings else "[bold green]no findings[/]"
    console.print(
        f"{summary.total} answers and calls judged in {summary.seconds:.1f} s: {verdict}.  Reports: {escape(reports)}"
    )


def _matrix(summary: Summary) -> Table:
    """One row for each layer, one column for each operation: twelve layers beside each other fit no terminal."""
    table = Table(
        title="Checked, by layer and operation", title_justify="left", box=None, pad_edge=False, header_style="dim"
    )
    table.add_column("")
    for operation in summary.requests:
        table.add_column("\n".join(operation.split("_")), justify="right", no_wrap=True)
    table.add_column("all", justify="right", no_wrap=True)
    bad = {(finding.operation, finding.layer) for finding in summary.findings}
    for layer in (layer["name"] for layer in summary.layers if layer["judged"]):
        counts = {operation: row.get(layer, 0) for operation, row in summary.requests.items()}
        cells = [
            f"[red]{count}[/]" if (operation, layer) in bad else str(count or "") for operation, count in counts.items()
        ]
        table.add_row(layer, *cells, str(sum(counts.values())))
    totals = [sum(row.values()) for row in summary.requests.values()]
    table.add_row("all", *map(str, totals), str(sum(totals)), style="bold")
    return table

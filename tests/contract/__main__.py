"""`python -m contract`: judge a server, and the generated client, against the spec."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console

from contract._options import Options, parse_options
from contract._plan import PROFILES, Run, layer_named
from contract._report.html import write_html
from contract._report.junit import write_junit
from contract._report.summary import Summary, summarise, write_json
from contract._report.terminal import LiveView, print_summary
from contract._run import run_layers
from contract._spec import Spec, load_document
from contract._target import (
    SANDBOX_URL,
    EmbeddedTarget,
    HttpTarget,
    Target,
    TargetError,
    read_credentials,
    sandbox_desks,
)

# What the tables need; it holds wherever the output is no terminal.
WIDTH = 100


def main(arguments: list[str] | None = None) -> int:
    """Judge, report, and say by the exit status how it went."""
    options = parse_options(arguments)
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, soft_wrap=True)
    spec = Spec(load_document(options.spec)) if options.spec else Spec()
    try:
        target = choose_target(options)
    except TargetError as error:
        console.print(f"[bold red]The target could not be judged.[/] {error}", markup=True)
        return 2
    start = time.monotonic()
    run = Run(
        spec, target, PROFILES[options.profile], options.seed, start + options.time_limit_s,
        target_option=target_option(options), only=options.only,
        places_orders=options.target != "sandbox" or options.place_orders,
        cleans_up=options.target == "sandbox",
    )  # fmt: skip
    layers = tuple(layer_named(name) for name in options.layers)
    view = LiveView(console, run, layers)
    run.on_progress = view.show
    with closing(target), view:
        run_layers(run, layers)
    summary = summarise(run, time.monotonic() - start, last_recall(options.report_dir))
    write_reports(summary, options.report_dir)
    print_summary(console, summary, str(options.report_dir))
    return summary.exit_status


def choose_target(options: Options) -> Target:
    """The target that the options name."""
    if options.target is None:
        return EmbeddedTarget()
    if options.target == "sandbox":
        # Gemini's advice: at most five requests a second.
        return HttpTarget(SANDBOX_URL, sandbox_desks(), timeout_s=options.timeout_s, pause_s=0.25)
    if options.credentials is None:
        raise TargetError("A server needs --credentials: a JSON file with its accounts, as the mock prints them.")
    _, desks = read_credentials(options.credentials)
    if not any(desk.name == "initiator" for desk in desks):
        names = ", ".join(desk.name for desk in desks) or "none"
        raise TargetError(f"The credentials need an account named `initiator`; they have {names}.")
    return HttpTarget(options.target, desks, timeout_s=options.timeout_s)


def target_option(options: Options) -> str:
    """The options that name the same target in a replay."""
    if options.target is None:
        return ""
    return f"--target {options.target}" + (f" --credentials {options.credentials}" if options.credentials else "")


def last_recall(folder: Path) -> dict[str, Any] | None:
    """What the last `make recall` found, if there was one: the report shows it beside the run."""
    file = folder / "recall.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def write_reports(summary: Summary, folder: Path) -> None:
    """Write every report, whatever the run came to."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("report.json", write_json(summary)),
        ("junit.xml", write_junit(summary)),
        ("report.html", write_html(summary)),
    ):
        (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
    with (folder / "summary.txt").open("w", encoding="utf-8", errors="backslashreplace") as file:
        print_summary(Console(file=file, width=WIDTH, highlight=False, soft_wrap=True), summary, str(folder))


if __name__ == "__main__":
    sys.exit(main())

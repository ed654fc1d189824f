"""`python -m gemini_clearing_contract`: judge a server, and the generated client, against the spec."""

from __future__ import annotations

import json
import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console

from .layers import layer_named
from .options import Options, parse_options
from .report.html import write_html
from .report.junit import write_junit
from .report.summary import Summary, summarize, write_json
from .report.terminal import LiveView, print_summary
from .run.profiles import PROFILES
from .run.replay import shell_options
from .run.run import Layer, LayerResult, Run
from .run.runner import run_layers
from .spec import Spec, load_document
from .targets.credentials import read_credentials
from .targets.embedded import EmbeddedTarget
from .targets.http import HttpTarget
from .targets.rate_limit import RateLimit
from .targets.sandbox import RATE, SandboxTarget, environment_of, sandbox_desks, sandbox_url
from .targets.target import Target, TargetError

# What the tables need; it holds wherever the output is no terminal.
WIDTH = 100
TIME_LIMIT_S, SANDBOX_TIME_LIMIT_S = 600, 1800
# What a shell gives to a program that Ctrl-C ended.
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Judge, report, and say by the exit status how it went."""
    options = parse_options(arguments)
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, soft_wrap=True)
    spec = Spec(load_document(options.spec)) if options.spec else Spec()
    layers = tuple(layer_named(name) for name in options.layers)
    start = time.monotonic()
    interrupted = False
    try:
        target = choose_target(options, spec)
    except TargetError as error:
        run = run_that_cannot_begin(options, spec, layers, error)
    else:
        run = run_of(options, spec, target, start)
        view = LiveView(console, run, layers)
        run.on_progress = view.show
        with closing(target), view:
            try:
                run_layers(run, layers)
            except KeyboardInterrupt:
                interrupted = True
    if run.cleaned_up:
        console.print(run.cleaned_up, markup=False)
    summary = summarize(run, time.monotonic() - start, last_recall(options.report_dir))
    write_reports(summary, options.report_dir)
    print_summary(console, summary, str(options.report_dir))
    return INTERRUPTED if interrupted else summary.exit_status


def choose_target(options: Options, spec: Spec) -> Target:
    """The target that the options name."""
    if options.target is None:
        return EmbeddedTarget()
    if options.target == "sandbox":
        base_url, desks = sandbox_url(spec), sandbox_desks()
    elif options.credentials is None:
        raise TargetError("A server needs --credentials: a JSON file with its accounts, as the mock prints them.")
    else:
        base_url, desks = options.target, read_credentials(options.credentials)[1]
    if not any(desk.name == "initiator" for desk in desks):
        names = ", ".join(desk.name for desk in desks) or "none"
        raise TargetError(f"The credentials need an account named `initiator`; they have {names}.")
    environment = environment_of(spec, base_url)
    if environment == "production":
        raise TargetError(f"{base_url} moves real funds, and is not judged: the suite would place orders there.")
    if options.target != "sandbox" and environment != "sandbox":
        return HttpTarget(base_url, desks, timeout_s=options.timeout_s, pace=RateLimit(options.rate or 0))
    pace = RateLimit(RATE if options.rate is None else options.rate)
    return SandboxTarget(
        base_url, desks, spec, timeout_s=options.timeout_s, pace=pace, places_orders=options.place_orders
    )


def run_of(options: Options, spec: Spec, target: Target, start: float) -> Run:
    """The run that the options ask for; a sandbox gets less of it, and more time."""
    at_sandbox = isinstance(target, SandboxTarget)
    return Run(
        spec,
        target,
        PROFILES[options.profile or ("sandbox" if at_sandbox else "full")],
        options.seed,
        start + (options.time_limit_s or (SANDBOX_TIME_LIMIT_S if at_sandbox else TIME_LIMIT_S)),
        target_option=target_option(options),
        only=options.only,
        places_orders=not at_sandbox or options.place_orders,
    )


def run_that_cannot_begin(options: Options, spec: Spec, layers: tuple[Layer, ...], error: TargetError) -> Run:
    """A run that is over before it began, to be reported like any other."""
    run = run_of(options, spec, HttpTarget(str(options.target), ()), 0)
    run.results = [LayerResult(layer, left_out="the target cannot be used") for layer in layers]
    run.results[0] = LayerResult(layers[0], stopped=str(error))
    return run


def target_option(options: Options) -> str:
    """The options without which a replay would judge something else."""
    return shell_options(
        {
            "--target": options.target,
            "--credentials": options.credentials,
            "--place-orders": options.place_orders,
            "--spec": options.spec,
        }
    )


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
    # Whoever ends the run from outside gets the same clean end as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)

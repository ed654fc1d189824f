"""The command: choose the target, run the layers, write the reports, and return the exit status."""

import sys
import time
from contextlib import closing
from pathlib import Path
from typing import IO, Any, cast

from attrs import define
from rich.console import Console

from .errors import SetupError, SuiteError, TargetError
from .exit_status import ExitStatus
from .layers import layer_named
from .options import Options, parse_options
from .report.detection_rate import last_recall
from .report.files import write_reports
from .report.folder import report_folder
from .report.output import SafeOutput
from .report.summary import summarize
from .report.terminal import UNLIMITED, LiveView, print_summary
from .run.profiles import PROFILES
from .run.replay import shell_options
from .run.run import Layer, LayerResult, Run
from .run.runner import run_layers
from .run.side_process import side_process
from .signals import without_interruption
from .spec import Spec, load_document
from .spec.choices import CHOICES, OF_ANY_SERVER
from .targets.connection import Certificates
from .targets.credentials import Credentials, read_credentials
from .targets.http import HttpTarget
from .targets.rate_limit import RateLimit
from .targets.sandbox import RATE, SandboxTarget, environment_of, sandbox_desks, sandbox_url
from .targets.served_mock import require_mock
from .targets.target import Target, UntestedTarget

__all__ = ["choose_target", "execute", "layers_of", "main", "run_of", "spec_of"]

TIME_LIMIT_S, SANDBOX_TIME_LIMIT_S = 600, 1800


def main(arguments: list[str] | None = None) -> int:
    """Run the command; a run that cannot begin is one line and exit status 2, an error of the suite exit status 3."""
    options = parse_options(arguments)
    output = SafeOutput(sys.stdout)
    width = None if output.isatty() else UNLIMITED
    console = Console(file=cast(IO[str], output), width=width, highlight=False, soft_wrap=True)
    try:
        with report_folder(options.report_dir):
            return _run_command(console, options)
    except SetupError as error:
        console.print(str(error), markup=False)
        return ExitStatus.NOT_TESTED
    except SuiteError as error:
        console.print(f"The suite failed: {error}", markup=False)
    except Exception as error:
        console.print(f"The suite failed: {SuiteError.caused_by(error)}", markup=False)
    return ExitStatus.SUITE_ERROR


def _run_command(console: Console, options: Options) -> int:
    start = time.monotonic()
    execution = execute(options, console)
    with without_interruption():
        summary = summarize(execution.run, time.monotonic() - start, last_recall(options.report_dir))
        failed = write_reports(summary, options.report_dir)
    if execution.run.cleaned_up:
        console.print(execution.run.cleaned_up, markup=False)
    print_summary(console, summary, str(options.report_dir))
    status = ExitStatus.INTERRUPTED if execution.is_interrupted else summary.exit_status
    return _with_missing_reports(console, failed, status)


def _with_missing_reports(console: Console, failed: list[tuple[Path, Exception]], status: ExitStatus) -> ExitStatus:
    """Print each report that could not be written; a run with a missing report has not passed."""
    for file, error in failed:
        if isinstance(error, OSError):
            console.print(f"{file} was not written: {error.strerror}.", markup=False)
            status = status or ExitStatus.NOT_TESTED
        else:
            console.print(f"The suite failed: {SuiteError.caused_by(error)}", markup=False)
            status = ExitStatus.SUITE_ERROR
    return status


@define
class Execution:
    """A run that has ended."""

    run: Run
    is_interrupted: bool = False


def execute(options: Options, console: Console | None = None) -> Execution:
    """Run the layers that the options select; with a console, show the progress there."""
    spec = spec_of(options)
    layers = layers_of(options)
    try:
        target = choose_target(options, spec)
    except TargetError as error:
        return Execution(_run_without_target(options, spec, layers, error))
    run = run_of(options, spec, target)
    with closing(target):
        try:
            if console is None:
                run_layers(run, layers)
            else:
                view = LiveView(console, run, layers)
                run.on_progress = view.show
                # The view starts a thread, so it starts after the fork.
                with side_process(run, layers) as side, view:
                    run_layers(run, layers, side)
        except KeyboardInterrupt:
            return Execution(run, is_interrupted=True)
    return Execution(run)


def spec_of(options: Options) -> Spec:
    """
    Return the spec that the options select.

    Raises:
        SetupError: The file cannot be read, or is not an OpenAPI document.
    """
    try:
        document = load_document(options.spec)
    except OSError as error:
        raise SetupError(f"{options.spec}: the spec cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SetupError(f"{error} Name an OpenAPI file with --spec.") from error
    return Spec(document, options.choices)


def layers_of(options: Options) -> tuple[Layer, ...]:
    """Return the layers that the options select."""
    return tuple(layer_named(name) for name in options.layers)


def choose_target(options: Options, spec: Spec) -> Target:
    """
    Return the target that the options select.

    Raises:
        TargetError: It cannot be tested, or must not be.
    """
    if options.target is None:
        require_mock()
        # Imported here: the mock is optional, and a fault may have to be seeded before its first import.
        from .targets.mock import embedded_mock

        return embedded_mock()
    if options.target == "sandbox":
        base_url, given = sandbox_url(spec), Credentials(sandbox_desks())
    elif options.credentials is None:
        raise TargetError("--credentials is missing: a JSON file with the server's accounts, as the mock prints it.")
    else:
        base_url, given = options.target, read_credentials(options.credentials)
    if not any(desk.name == "initiator" for desk in given.desks):
        names = ", ".join(desk.name for desk in given.desks) or "none"
        raise TargetError(f"the credentials have no account `initiator` (accounts: {names}). Add it.")
    environment = environment_of(spec, base_url)
    if environment == "production":
        raise TargetError(f"{base_url} is production, where orders move real funds. Test the sandbox instead.")
    common: dict[str, Any] = {
        "master_keys": given.master_keys,
        "tokens": given.tokens,
        "timeout_s": options.timeout_s,
        "certificates": Certificates(options.cacert, options.cert, options.key),
    }
    if options.target != "sandbox" and environment != "sandbox":
        limit = RateLimit(options.rate or 0)
        return HttpTarget(base_url, given.desks, rate_limit=limit, **common)
    limit = RateLimit(RATE if options.rate is None else options.rate)
    return SandboxTarget(
        base_url, given.desks, spec, rate_limit=limit, may_create_orders=options.place_orders, **common
    )


def run_of(options: Options, spec: Spec, target: Target) -> Run:
    """Return the run of the options; on the sandbox it is smaller and has more time."""
    is_sandbox = isinstance(target, SandboxTarget)
    return Run(
        spec,
        target,
        PROFILES[options.profile or ("sandbox" if is_sandbox else "full")],
        options.seed,
        time.monotonic() + (options.time_limit_s or (SANDBOX_TIME_LIMIT_S if is_sandbox else TIME_LIMIT_S)),
        target_option=target_option(options),
        only=options.only,
        may_create_orders=not is_sandbox or options.place_orders,
    )


def _run_without_target(options: Options, spec: Spec, layers: tuple[Layer, ...], error: TargetError) -> Run:
    """Return a run that has not started, so that the reason appears in the reports."""
    run = run_of(options, spec, UntestedTarget(options.target or "the embedded mock"))
    run.results = [LayerResult(layer, skipped="the target cannot be tested") for layer in layers]
    run.results[0] = LayerResult(layers[0], stopped=str(error))
    return run


def target_option(options: Options) -> str:
    """Return the options that select target and spec."""
    return shell_options(
        {
            "--target": options.target,
            "--credentials": options.credentials,
            "--cacert": options.cacert,
            "--cert": options.cert,
            "--key": options.key,
            "--place-orders": options.place_orders,
            "--spec": options.spec,
            "--choices": _choices_option(options),
        }
    )


def _choices_option(options: Options) -> str | None:
    """Return the value of `--choices`; None for the default."""
    if options.choices == (OF_ANY_SERVER if options.target else frozenset(CHOICES)):
        return None
    return ",".join(sorted(options.choices)) or "none"

"""The calls of a command: reads, and writes with their confirmation, their interruption and their outcome."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import typer

from gemini_clearing import (
    ClearingError,
    GeminiClearing,
    MaybeExecutedError,
    Outcome,
    RawResponse,
    RejectedError,
    Resolution,
)
from gemini_clearing._operations import OPERATIONS
from gemini_clearing_runtime import Operation

from ._confirmation import confirm
from ._connection import Options, connect
from ._error_codes import exit_code_of
from ._exit_codes import ExitCode
from ._interrupts import Interrupts
from ._output import error_console, print_message, print_record, print_rows
from ._parameters import summary_of
from ._text import record_of, rows_of, shown

__all__ = ["print_result", "read", "reading", "report_error", "write"]

SETTLE_S = 2.0
"""Seconds for which the exchange's lists may lag behind its book."""
RESOLVE_S = 60.0
"""Seconds that the queries after a lost response may take."""

_EXITS = {Outcome.EXECUTED: ExitCode.OK, Outcome.NOT_EXECUTED: ExitCode.NOT_EXECUTED}


def read(operation: Operation[Any], arguments: Mapping[str, Any], options: Options) -> Any:
    """Return the response to a read."""
    with connect(options) as clearing, reading():
        return getattr(clearing, operation.name)(**arguments)


@contextmanager
def reading(left: str = "A read changes nothing.") -> Iterator[None]:
    """State what an interruption of reads has left behind, and end the command with the exit code for it."""
    try:
        yield
    except KeyboardInterrupt:
        print_message(f"Interrupted. {left}")
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def write(operation: Operation[Any], arguments: Mapping[str, Any], options: Options) -> None:
    """Prompt, send a write, and print its result. If its response is lost, query the exchange for the outcome."""
    in_doubt: list[Exception] = []
    with connect(options, in_doubt.append) as clearing:
        given = {name: value for name, value in arguments.items() if value is not None}
        base_url = clearing.explain(operation.name, **arguments).url.removesuffix(operation.path)
        _prompt(summary_of(operation), given, base_url, options)
        interrupts = Interrupts()
        with interrupts.deferred():
            try:
                _print_written(_send(clearing, operation, arguments, interrupts), options)
            except KeyboardInterrupt:
                _report_interruption(clearing, in_doubt, interrupts, options)
                raise typer.Exit(ExitCode.INTERRUPTED) from None
        if interrupts.is_pending:
            print_message("Interrupted. The write was executed.", style="bold")
            raise typer.Exit(ExitCode.INTERRUPTED)


def print_result(result: Any, options: Options) -> None:
    """Print a response."""
    listed = rows_of(result)
    if listed is None:
        print_record(record_of(result), options.form)
    else:
        name, rows, columns = listed
        print_rows(rows, columns, options.form, what=name)


def _print_written(result: Any, options: Options) -> None:
    """Print the response to a write; if stdout cannot take it, state at least that the write was executed."""
    try:
        print_result(result, options)
        sys.stdout.flush()
    except OSError:
        print_message("The write was executed. Its result could not be printed.", style="bold")
        raise


def report_error(error: ClearingError) -> ExitCode:
    """Print an error on stderr, and return the exit code for it."""
    code = exit_code_of(error)
    label = {
        ExitCode.USAGE: "error",
        ExitCode.NOT_EXECUTED: "not sent",
        ExitCode.REJECTED: "rejected",
        ExitCode.CONTRACT: "contract violated",
        ExitCode.UNKNOWN: "unknown",
    }[code]
    print_message(f"{label}: {_text(error)}", style="red")
    return code


def _text(error: ClearingError) -> str:
    """Return the message of an error for a person: without the page of a gateway, and without advice for programs."""
    if isinstance(error, RejectedError):
        return f"{error.reason}: {error.message}" if error.reason else error.message
    if not isinstance(error, MaybeExecutedError):
        return str(error)
    problem = error.problem
    if error.raw is not None and (media_type := _media_type(error.raw)) == "text/html":
        problem = f"status {error.status} with a page ({media_type}) where JSON was expected."
    is_read = OPERATIONS[error.operation].safe_to_repeat
    end = "Nothing was changed. Run the command again." if is_read else "It may have been executed."
    return f"{error.operation}: {problem} {end}"


def _media_type(raw: RawResponse) -> str:
    return raw.headers.get("content-type", "").partition(";")[0].strip().lower()


def _prompt(summary: str, arguments: Mapping[str, Any], base_url: str, options: Options) -> None:
    try:
        wanted = options.yes or confirm(summary, arguments, base_url)
    except (EOFError, KeyboardInterrupt):
        error_console().print()  # ends the line of the prompt
        print_message("Interrupted. Nothing was sent.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    if not wanted:
        print_message("Nothing was sent.")
        raise typer.Exit(ExitCode.NOT_EXECUTED)


def _send(
    clearing: GeminiClearing, operation: Operation[Any], arguments: Mapping[str, Any], interrupts: Interrupts
) -> Any:
    """Return the result of a write, or the order that proves that it was executed."""
    try:
        return interrupts.call(partial(getattr(clearing, operation.name), **arguments))
    except MaybeExecutedError as error:
        code = report_error(error)
        resolution = _query(clearing, error, interrupts)
        if code is not ExitCode.CONTRACT:
            code = _EXITS.get(resolution.outcome, code) if resolution else code
        if resolution is None or code is not ExitCode.OK:
            raise typer.Exit(code) from None
        return resolution.evidence[0]


def _query(clearing: GeminiClearing, error: MaybeExecutedError, interrupts: Interrupts) -> Resolution | None:
    """Query the exchange for the outcome of a write, and print it."""
    print_message("Querying the exchange for the outcome …", style="dim")
    try:
        resolution = interrupts.call(partial(clearing.resolve, error, timeout=RESOLVE_S, settle=SETTLE_S))
    except ClearingError as failure:
        print_message(
            f"The query failed: {_text(failure)} The outcome is unknown. Check the list before you send it again."
        )
        return None
    sentence = {
        Outcome.EXECUTED: _executed(resolution),
        Outcome.NOT_EXECUTED: "The write was not executed.",
        Outcome.AMBIGUOUS: f"The outcome is unknown: {resolution.reason}. Check the list before you send it again.",
    }[resolution.outcome]
    print_message(sentence, style="bold")
    return resolution


def _executed(resolution: Resolution) -> str:
    """Return a sentence about an executed write. Of a confirmation or cancellation, the order's status is known."""
    if resolution.reason:
        return f"The order is as requested: {resolution.reason}."
    return "The write was executed."


def _report_interruption(
    clearing: GeminiClearing, in_doubt: list[Exception], interrupts: Interrupts, options: Options
) -> None:
    """State the outcome of an interrupted write. The client reports each write that may have been sent."""
    if not in_doubt:
        print_message("Interrupted. The write was not executed.", style="bold")
        return
    print_message("Interrupted after the write may have been sent. Ctrl-C again ends the query.", style="bold")
    error = in_doubt[-1]
    try:
        resolution = _query(clearing, error, interrupts) if isinstance(error, MaybeExecutedError) else None
    except KeyboardInterrupt:
        print_message("The outcome is unknown. Check the list before you send it again.", style="bold")
        return
    if resolution is None:
        return
    if resolution.outcome is not Outcome.EXECUTED:
        for evidence in resolution.evidence:
            _print_evidence(evidence)
        return
    print_result(resolution.evidence[0], options)
    order = getattr(resolution.evidence[0], "clearing_id", None)
    print_message(f"Interrupted. {_executed(resolution)}" + (f" Order: {order}" if order else ""), style="bold")


def _print_evidence(evidence: Any) -> None:
    print_message("  ".join(f"{name} {shown(value)}" for name, value in record_of(evidence).items()))

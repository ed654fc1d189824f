"""`journal list` and `journal recover`: the writes of a journal, and the outcome of those in doubt."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gemini_clearing import ArgumentError, Journal, JournalEntry, Outcome, RecoveredWrite
from gemini_clearing_auth._secrets import shown_path

from ._calls import RESOLVE_S, SETTLE_S, reading
from ._common import Csv, JournalFile, Json, ProfileName, options_of
from ._connection import Options, connect, journal_path
from ._exit_codes import ExitCode
from ._output import print_message, print_rows

__all__ = ["add_journal"]

_LISTED = ["id", "written_at", "operation", "arguments", "order_id", "end", "outcome", "is_open", "reason"]
_RECOVERED = ["id", "written_at", "operation", "arguments", "outcome", "order_id", "reason"]
_SIGNED = ("request", "nonce")
_InDoubt = Annotated[bool, typer.Option("--in-doubt", help="Only writes with an unknown outcome.")]


def add_journal(app: typer.Typer) -> None:
    """Add the commands of the journal."""
    journal = typer.Typer(help="List the journal of writes, and find out the outcomes.", no_args_is_help=True)
    journal.command("list")(_list)
    journal.command("recover")(_recover)
    app.add_typer(journal, name="journal")


def _list(
    ctx: typer.Context,
    in_doubt: _InDoubt = False,
    journal: JournalFile = None,
    profile: ProfileName = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """List the writes of a journal. No credentials are needed."""
    options = options_of(ctx, {"journal": journal, "profile": profile, "json": json, "csv": csv})
    with Journal(_existing(options)) as opened:
        entries = opened.in_doubt() if in_doubt else list(opened.entries())
    print_rows([_row(entry) for entry in entries], _LISTED, options.form, what="writes")


def _recover(
    ctx: typer.Context,
    journal: JournalFile = None,
    profile: ProfileName = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Query the exchange for each write in doubt, and record the outcomes. Nothing is sent again."""
    options = options_of(ctx, {"journal": journal, "profile": profile, "json": json, "csv": csv})
    _existing(options)
    left_behind = "Outcomes that were found are in the journal; the others are still in doubt. Nothing was sent again."
    with connect(options) as clearing, reading(left_behind):
        recovered = clearing.recover(timeout=RESOLVE_S, settle=SETTLE_S)
        left = clearing.in_doubt()
        others = [entry for entry in left if entry.key != clearing.key_fingerprint]
    rows = [_recovered_row(write) for write in recovered]
    print_rows(rows, _RECOVERED, options.form, what="writes in doubt")
    if others:
        print_message(f"In doubt, of other keys: {len(others)}. Recover them with the profiles of those keys.")
    if left:
        raise typer.Exit(ExitCode.UNKNOWN)


def _existing(options: Options) -> Path:
    """Return the path of the journal; opening a missing one would create it."""
    path = journal_path(options)
    if path is None:
        raise ArgumentError("no journal. Pass --journal, or set journal in the profile.")
    if not path.is_file():
        raise ArgumentError(f"journal not found: {shown_path(path)}. Pass the file that the writes were recorded in.")
    return path


def _row(entry: JournalEntry) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in _LISTED if name != "arguments"}
    return {**row, "arguments": _arguments(entry)}


def _recovered_row(write: RecoveredWrite) -> dict[str, Any]:
    entry, resolution = write.entry, write.resolution
    found = resolution.evidence[0] if resolution and resolution.outcome is Outcome.EXECUTED else None
    return {
        "id": entry.id,
        "written_at": entry.written_at,
        "operation": entry.operation,
        "arguments": _arguments(entry),
        "outcome": resolution.outcome if resolution else None,
        "order_id": getattr(found, "clearing_id", None),
        "reason": str(write.error) if write.error else (resolution and resolution.reason) or None,
    }


def _arguments(entry: JournalEntry) -> str:
    """Return the arguments of a write; the payload itself is never printed."""
    fields = json.loads(entry.payload, parse_float=str, parse_int=str)
    return " ".join(f"{name}={value}" for name, value in fields.items() if name not in _SIGNED)

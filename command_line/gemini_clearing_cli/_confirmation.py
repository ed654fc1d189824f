"""The confirmation before a write: a summary and a prompt on the terminal; in production, the amount."""

import sys
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from rich.table import Table
from rich.text import Text

from gemini_clearing import ArgumentError

from ._connection import is_production
from ._output import error_console
from ._text import safe, shown

__all__ = ["confirm", "is_interactive"]

_AMOUNT = "amount"


def is_interactive() -> bool:
    """Return whether a person can see the summary and reply to the prompt."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(summary: str, arguments: Mapping[str, Any], base_url: str) -> bool:
    """
    Show a write, and return whether the person at the terminal agrees.

    Raises:
        ArgumentError: stdin or stderr is not a terminal.
        EOFError: the terminal was closed.
    """
    if not is_interactive():
        raise ArgumentError("a write needs a confirmation, and stdin or stderr is not a terminal. Pass --yes.")
    in_production = is_production(base_url)
    _show(summary, arguments, base_url, in_production=in_production)
    if in_production and _AMOUNT in arguments:
        return _is_same(_reply("This is not a test. Type the amount again to send it:"), arguments[_AMOUNT])
    return _reply("Send it? [y/N]").strip().lower() in ("y", "yes")


def _reply(text: str) -> str:
    """Prompt on stderr, so that stdout has only results."""
    error_console().print(Text(text, style="bold"), end=" ")
    return input()


def _show(summary: str, arguments: Mapping[str, Any], base_url: str, *, in_production: bool) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in arguments.items():
        table.add_row(name, Text(shown(value)))
    table.add_row("exchange", Text(safe(base_url), style="bold red" if in_production else ""))
    console = error_console()
    console.print(Text(summary))
    console.print(table)


def _is_same(typed: str, amount: Any) -> bool:
    try:
        return Decimal(typed.strip()) == Decimal(amount)
    except InvalidOperation:
        return False

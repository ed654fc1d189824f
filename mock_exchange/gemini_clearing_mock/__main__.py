"""
``python -m gemini_clearing_mock``: serve an exchange, or write what one needs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ._exchange import Exchange
from .config import _template
from .config._demo import demo_config
from .control._api import CONTROLS
from .errors import ControlError, MockExchangeError
from .server import _lifecycle_page
from .server._serve import ServeOptions, serve

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gemini-clearing-mock", description="Serve a Gemini Clearing exchange to test against."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    add("--port", type=int, default=8080, help="the port, 0 for a free one (default: %(default)s)")
    add("--json", action="store_true", help="say where it listens and who may use it in one JSON line")
    add("--config", type=Path, metavar="FILE", help="accounts, keys, symbols and choices (TOML); see init")
    add("--state", type=Path, metavar="FILE", help="keep the state in this SQLite file; memory if left out")
    add("--workers", type=int, default=1, help="processes that serve one state file (default: %(default)s)")
    add("--controls", action=argparse.BooleanOptionalAction, help="serve /__mock__/ (default: on loopback only)")
    add("--control-token", metavar="TOKEN", help="what a request to /__mock__/ must bring as bearer token")
    commands = parser.add_subparsers(dest="command", title="other commands")
    init = commands.add_parser("init", help="write a commented configuration file")
    init.add_argument("file", type=Path, nargs="?", default=Path("exchange.toml"))
    commands.add_parser("lifecycle", help="write the page that draws the order's life-cycle to the output")
    return parser


def _announce(base_url: str, exchange: Exchange, options: ServeOptions, *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode({"base_url": base_url, "accounts": exchange.accounts}).decode(), flush=True)
        return
    print(f"The mock exchange listens at {base_url}")
    print(f"Console and controls: {base_url}{CONTROLS}/\n" if options.serves_controls else "Controls are off.\n")
    for account in exchange.accounts:
        print(f"  {account.name:<13} {account.counterparty_id}  {account.api_key:<26} {account.api_secret}")
    print("\nCtrl-C ends it.", flush=True)


def _serve(arguments: argparse.Namespace) -> None:
    options = ServeOptions(
        host=arguments.host,
        port=arguments.port,
        config=arguments.config,
        state=arguments.state,
        workers=arguments.workers,
        controls=arguments.controls,
        token=arguments.control_token,
    )
    serve(options, ready=lambda base_url, exchange: _announce(base_url, exchange, options, as_json=arguments.json))


def _init(file: Path) -> None:
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(_template.render(demo_config()))
    except OSError as error:
        raise ControlError(f"{file} cannot be written: {error.strerror}.") from None
    print(f"{file} holds the demo exchange. Edit it, then: gemini-clearing-mock --config {file}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and tell the exit code: 2 for what the caller can put right."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "init":
            _init(options.file)
        elif options.command == "lifecycle":
            print(_lifecycle_page.render(), end="")
        else:
            _serve(options)
    except MockExchangeError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""
``python -m gemini_clearing_mock``: serve an exchange.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import msgspec

from gemini_clearing_mock._exchange import Exchange
from gemini_clearing_mock._server import serve
from gemini_clearing_mock.errors import MockExchangeError

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gemini-clearing-mock", description="A Gemini Clearing exchange to test against."
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="the port, 0 for a free one (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="say where it listens and who may use it in one JSON line")
    return parser


def _announce(exchange: Exchange, base_url: str, *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode({"base_url": base_url, "accounts": exchange.accounts}).decode(), flush=True)
        return
    print(f"The mock exchange listens at {base_url}\n")
    for account in exchange.accounts:
        print(f"  {account.name:<13} {account.counterparty_id}  {account.api_key}  {account.api_secret}")
    print("\nCtrl-C ends it.", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and tell the exit code: 2 for what the caller can put right."""
    options = _parser().parse_args(arguments)
    exchange = Exchange()
    try:
        serve(
            exchange,
            host=options.host,
            port=options.port,
            ready=lambda base_url: _announce(exchange, base_url, as_json=options.json),
        )
    except MockExchangeError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())

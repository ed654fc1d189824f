"""The command line of the mock: its options, its output, and its exit status."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ._exchange import Exchange
from ._output import log, write
from .control._api import CONTROLS
from .errors import ControlError, MockExchangeError, WorkerError
from .server._serve import ServeOptions, serve
from .server._signals import Terminations, counting_signals

__all__ = ["main"]

_TOKEN_VARIABLE = "GEMINI_CLEARING_MOCK_CONTROL_TOKEN"  # noqa: S105  (the name of a variable)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gemini-clearing-mock", description="Serve a mock of the Gemini Clearing exchange."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8080, help="port, 0 for any free port (default: %(default)s)")
    add("--json", action="store_true", help="print address, keys and tokens as one JSON line when ready")
    add("--config", type=_file, metavar="FILE", help="configuration (TOML): accounts, keys, symbols, choices; see init")
    add("--state", type=_file, metavar="FILE", help="SQLite file that keeps the state (default: in memory)")
    add("--workers", type=int, default=1, help="number of processes; more than 1 need --state (default: %(default)s)")
    add("--controls", action=argparse.BooleanOptionalAction, help="serve /__mock__/ (default: only on loopback)")
    add(
        "--control-token",
        metavar="TOKEN",
        help="bearer token that requests to /__mock__/ must send; other users of "
        "this machine can read it here, so prefer the next option, or set GEMINI_CLEARING_MOCK_CONTROL_TOKEN",
    )
    add("--control-token-file", type=_file, metavar="FILE", help="file with the bearer token")
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="host name under which /__mock__/ may be requested, in addition to localhost; can be repeated",
    )
    add(
        "--cors-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="origin whose pages may send requests, such as http://localhost:3000; can be repeated",
    )
    commands = parser.add_subparsers(dest="command", title="other commands")
    init = commands.add_parser("init", help="write a commented configuration file")
    init.add_argument("file", type=_file, nargs="?", default=Path("exchange.toml"), help="default: %(default)s")
    commands.add_parser("lifecycle", help="print the page with the diagram of the order lifecycle")
    return parser


def _file(name: str) -> Path:
    if not name:  # Path("") is the current folder
        raise argparse.ArgumentTypeError("the file name is empty")
    return Path(name)


def _announce(base_url: str, exchange: Exchange, options: ServeOptions, *, as_json: bool) -> None:
    """Print where the server listens; it serves even if that cannot be printed, as its address may be known."""
    if as_json:
        callers = {"accounts": exchange.accounts, "master_keys": exchange.master_keys, "tokens": exchange.tokens}
        write(f"{msgspec.json.encode({'base_url': base_url, **callers}).decode()}\n")
        return
    controls = (
        f"Console and controls: {base_url}{CONTROLS}/" if options.serves_controls else "The controls are disabled."
    )
    accounts = [
        f"  {account.name:<13} {account.counterparty_id}  {account.api_key:<26} {account.api_secret}\n"
        for account in exchange.accounts
    ]
    write(f"The mock exchange listens at {base_url}\n{controls}\n\n{''.join(accounts)}\nPress Ctrl-C to stop.\n")


def _control_token(arguments: argparse.Namespace) -> str | None:
    """Return the token from the first of option, file and environment variable that is set."""
    token: str | None = arguments.control_token
    if token is None and arguments.control_token_file is not None:
        token = _read_token(arguments.control_token_file)
    elif token is None:
        token = os.environ.get(_TOKEN_VARIABLE)
    if token is not None and (not token.isascii() or token.split() != [token]):
        raise ControlError("the control token is empty, has spaces, or is not ASCII. Set another one.")
    return token


def _read_token(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ControlError(f"cannot read the control token from {file}: {cause}. Choose another file.") from None


def _serve(arguments: argparse.Namespace) -> None:
    options = ServeOptions(
        host=arguments.host,
        port=arguments.port,
        config=arguments.config,
        state=arguments.state,
        workers=arguments.workers,
        controls=arguments.controls,
        token=_control_token(arguments),
        allowed_hosts=tuple(arguments.allow_host),
        cors_origins=tuple(arguments.cors_origin),
    )
    serve(options, ready=lambda base_url, exchange: _announce(base_url, exchange, options, as_json=arguments.json))


def _init(file: Path) -> int:
    from .config import _template as template
    from .config._demo import demo_config

    text = template.render(demo_config())
    # A signal does not end the command between the creation of the file and its last byte.
    with counting_signals(Terminations()):
        _create(file, text)
    return write(f"Wrote the demo configuration to {file}. Edit it, then run: gemini-clearing-mock --config {file}\n")


def _create(file: Path, text: str) -> None:
    try:
        target = file.open("x", encoding="utf-8")
    except FileExistsError:
        raise ControlError(f"{file} already exists. Choose another file name, or delete it first.") from None
    except OSError as error:
        raise ControlError(f"cannot write {file}: {error.strerror}. Choose another file name.") from None
    try:
        with target:
            target.write(text)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise ControlError(
            f"cannot write {file}: {error.strerror}. The file was removed again. Choose another place."
        ) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command; return its exit status.

    It is 2 for errors that the caller can fix, 1 if the workers failed, and 141 if the reader of the output has ended.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "init":
            return _init(options.file)
        if options.command == "lifecycle":
            from .server import _lifecycle_page as lifecycle_page

            return write(lifecycle_page.render())
        _serve(options)
    except MockExchangeError as error:
        log(str(error))
        return 1 if isinstance(error, WorkerError) else 2
    return 0

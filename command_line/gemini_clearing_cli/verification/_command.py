"""The command `verify`. It needs neither an extra nor the client, so it reads its options without Typer."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .._exit_codes import ExitCode
from .._stdout import flushed
from ._comparison import Verification, verify
from ._errors import VerificationError
from ._installation import DISTRIBUTION, find_installation

__all__ = ["HELP", "run_verify"]

HELP = "Compare the installed files with their provenance and with RECORD."


def run_verify(arguments: Sequence[str]) -> int:
    """Run the command, and return its exit code."""
    parser = argparse.ArgumentParser(prog="gemini-clearing verify", description=HELP)
    parser.add_argument("--path", type=Path, help="the folder of another installation, such as its site-packages")
    parser.add_argument("--wheel", type=Path, help="the published wheel, whose RECORD replaces the installed one")
    parser.add_argument("--render", action="store_true", help="also render the spec again; needs a checkout")
    parser.add_argument("--json", action="store_true", help="print JSON")
    try:
        options = parser.parse_args(arguments)
        done = verify(find_installation(options.path), wheel=options.wheel, render=options.render)
    except SystemExit as end:
        return ExitCode.USAGE if end.code else ExitCode.OK
    except VerificationError as error:
        sys.stderr.write(f"{error}\n")
        return ExitCode.USAGE
    text = json.dumps(done.as_json(), indent=2) if options.json else _text(done)
    return flushed(ExitCode.DIFFERENCES if done.differences else ExitCode.OK, f"{text}\n")


def _text(done: Verification) -> str:
    installation, provenance = done.installation, done.provenance
    folder = installation.folder
    where = {"editable": f"editable install of {installation.checkout}", "archive": f"in the archive {folder}"}
    lines = [f"{DISTRIBUTION} {installation.version}, {where.get(installation.kind, f'in {folder}')}"]
    lines += [f"  {name} {version}" for name, version in provenance.tools.items()]
    lines += [f"  {name} {digest[:12]}" for name, digest in provenance.sources.items()]
    lines += [f"Compared {count} files with {what}." for what, count in done.compared.items()]
    if installation.checkout:
        lines.append("The hand-written files of an editable install are not recorded. Compare them with git.")
    if done.uncompared:
        lines.append(f"{done.uncompared} compiled files were not compared: this Python does not load them.")
    lines += done.differences
    return "\n".join([*lines, f"{len(done.differences)} differences" if done.differences else "No differences."])

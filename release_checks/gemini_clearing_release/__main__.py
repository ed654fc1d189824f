"""
The command `python -m gemini_clearing_release`: rehearse a release of the committed files. It never publishes.

Exit status 0: everything could be published. 1: something is wrong. 2: a tool is missing, and `STRICT` is set.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_cli._stdout import flushed

from ._build import build_twice, sha256
from ._commands import TOOLS, succeed
from ._errors import ReleaseError
from ._inventory import audit, write_sbom
from ._version import released_version
from ._wheel import install_wheel, interpreters, try_wheel

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Rehearse a release. Return the exit status."""
    parser = argparse.ArgumentParser(prog="gemini_clearing_release", description="Rehearse a release.")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (default: the current folder)")
    parser.add_argument("--output", type=Path, default=Path(".build/release"), help="the folder (default: %(default)s)")
    parser.add_argument("--tag", help="the tag of the release, which must have the version")
    options = parser.parse_args(arguments)
    skipped = False
    try:
        with tempfile.TemporaryDirectory(prefix="gemini-clearing-") as folder:
            for line in _rehearse(options.root.resolve(), options.output, Path(folder), options.tag or None):
                print(line, flush=True)
                skipped |= line.startswith("SKIPPED")
    except BrokenPipeError:  # `make release-dry-run | head`
        return flushed(ExitCode.CLOSED_PIPE)
    except ReleaseError as error:
        print(f"{error}\nNothing can be published.", file=sys.stderr)
        return 1
    return flushed(2 if skipped and os.environ.get("STRICT") else 0)


def _rehearse(root: Path, output: Path, folder: Path, tag: str | None) -> Iterator[str]:
    commit = succeed("git", "-C", root, "rev-parse", "HEAD").strip()
    yield f"Version {released_version(root, tag)}, commit {commit[:12]}"
    if changed := succeed("git", "-C", root, "status", "--porcelain").splitlines():
        yield f"{len(changed)} uncommitted changes are not part of the build"
    built = build_twice(root, folder)
    yield "Two builds in two folders have the same bytes"
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(built, output / "dist")
    files = sorted((output / "dist").iterdir())
    wheel = next(path.resolve() for path in files if path.suffix == ".whl")
    yield from _checked(root, files, wheel)
    yield from _installed(root, wheel, output, folder)
    yield "Would publish:"
    yield from (f"  {path.name}  {path.stat().st_size} bytes  sha256 {sha256(path)}" for path in files)


def _checked(root: Path, files: list[Path], wheel: Path) -> Iterator[str]:
    succeed(TOOLS / "twine", "check", "--strict", *files)
    yield "twine check: metadata and README can be shown"
    succeed(TOOLS / "check-wheel-contents", "--config", root / "pyproject.toml", wheel)
    yield "check-wheel-contents: the wheel has the six packages"


def _installed(root: Path, wheel: Path, output: Path, folder: Path) -> Iterator[str]:
    """Use the wheel without the checkout on each Python version."""
    for version, interpreter in interpreters(root):
        if interpreter is None:
            yield f"SKIPPED: Python {version} (not found)"
            continue
        python = install_wheel(root, wheel, folder / f"python-{version}", interpreter)
        if problem := try_wheel(root, python, folder):
            raise ReleaseError(f"Python {version}: {problem}")
        yield f"Python {version}: the wheel is verified, and runs the quick start"
        if interpreter == sys.executable:
            yield write_sbom(python, output / "sbom.cdx.json")
            yield audit(python)


if __name__ == "__main__":
    sys.exit(main())

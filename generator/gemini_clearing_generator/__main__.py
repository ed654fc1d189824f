"""The command `python -m gemini_clearing_generator [--check]`."""

import argparse
import sys
import tempfile
from pathlib import Path

from ._errors import GeneratorError
from ._render import render
from ._spec import load_spec
from ._tree import differences, replace

__all__ = ["main"]

SPEC = Path("openapi/clearing.yaml")
PACKAGE = Path("generated_client/gemini_clearing")


def main(arguments: list[str] | None = None) -> int:
    """Write or compare the client. Return the exit status: 0 up to date, 1 different, 2 it cannot be generated."""
    parser = argparse.ArgumentParser(prog="gemini_clearing_generator", description="Write the client from the spec.")
    parser.add_argument("--check", action="store_true", help="compare with the existing client, and write nothing")
    parser.add_argument("--spec", type=Path, default=SPEC, help="the OpenAPI file (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=PACKAGE, help="the package's folder (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="gemini-clearing-") as folder:
            fresh = Path(folder) / PACKAGE.name
            fresh.mkdir()
            render(load_spec(options.spec), fresh)
            found = differences(options.output, fresh)
            if options.check:
                return _report(options.output, found)
            if found:
                replace(options.output, fresh)
    except (GeneratorError, OSError) as exc:
        print(f"{exc}\nThe client was not changed.", file=sys.stderr)
        return 2
    print(f"Generated {options.output}:" if found else f"{options.output} is up to date.")
    for line in found:
        print(f"  {line}")
    return 0


def _report(package: Path, found: list[str]) -> int:
    if not found:
        print(f"{package} is up to date.")
        return 0
    print(f"{package} is not up to date with the spec and the templates:", file=sys.stderr)
    for line in found:
        print(f"  {line}", file=sys.stderr)
    print("Run `make generate`, and commit the result.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

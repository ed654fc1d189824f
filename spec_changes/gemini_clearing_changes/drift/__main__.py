"""The command `python -m gemini_clearing_changes.drift UPSTREAM`."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from gemini_clearing_generator import GeneratorError, load_spec

from .._base import SPEC
from .._errors import ChangesError
from .._stdout import ended
from ._compare import Difference, differences
from ._decisions import Decision, decision_of, read_decisions
from ._vendor import read_vendor

__all__ = ["main"]

README = Path("openapi/README.md")


def main(arguments: list[str] | None = None) -> int:
    """Compare, and print. Return the exit status: 0 every difference is decided, 1 one is not, 2 not compared."""
    parser = argparse.ArgumentParser(prog="gemini_clearing_changes.drift", description="Drift from a vendor's file.")
    parser.add_argument("upstream", help="a file or an address of the vendor's OpenAPI document")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (default: the current folder)")
    options = parser.parse_args(arguments)
    try:
        found = differences(read_vendor(options.upstream), load_spec(options.root / SPEC))
        decisions = read_decisions(options.root / README)
    except (ChangesError, GeneratorError, OSError) as exc:
        print(exc, file=sys.stderr)
        return 2
    except RecursionError:
        print(f"UPSTREAM: {options.upstream}: too deeply nested. Check the file", file=sys.stderr)
        return 2
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        print(f"UPSTREAM: {options.upstream}: unexpected structure ({exc!r}). Check the file", file=sys.stderr)
        return 2
    undecided = _print(found, decisions)
    print(f"{len(found)} differences, {undecided} undecided.")
    if undecided:
        print(f"Change the spec, or add a decision with an anchor to {README}.", file=sys.stderr)
    return 1 if undecided else 0


def _print(found: Iterable[Difference], decisions: list[Decision]) -> int:
    """Print each difference with its decision, and return the number of undecided ones."""
    undecided = 0
    for one in found:
        decision = decision_of(one, decisions)
        undecided += decision is None
        covered = f"decided: openapi/README.md#decision-{decision.name}" if decision else "undecided"
        values = f" (there {one.there}, here {one.here})" if one.kind == "different" else ""
        print(f"{one.key}{values}: {covered}")
    return undecided


if __name__ == "__main__":
    sys.exit(ended(main))

"""The commands `python -m gemini_clearing_changes diff | version-check | release-notes`."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import attrs

from gemini_clearing_generator import GeneratorError, Spec, load_spec

from ._base import CLIENT, LIBRARIES, SPEC, VERSION, Base, default_base
from ._base_runs import run_tests
from ._base_tests import check_types
from ._base_tree import extracted
from ._change import Change, Weight, heaviest, merged
from ._compare import compare_specs
from ._errors import ChangesError, ShallowCloneError
from ._notes import release_notes
from ._python_api import compare_python, load_package, rendered
from ._report import FORMATS, Comparison
from ._stdout import ended
from ._version import declared_version, inconsistencies, smaller
from .second_opinion._disagreements import compare_opinions
from .second_opinion._specmatic import specmatic_jar, specmatic_opinion

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Return the exit status: 0 passed, 1 the version does not fit, 2 not compared."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "version-check" and (problems := inconsistencies(*_stated(options.root))):
            print("\n".join(problems), file=sys.stderr)
            return 1
        comparison = _compare(options.root, options.base, is_complete=options.command == "diff", tests=options.tests)
    except ShallowCloneError as exc:
        # As for every check that cannot run: an error in CI, where STRICT is set.
        is_skipped = options.command == "version-check" and not os.environ.get("STRICT")
        print(f"SKIPPED: version-check. {exc}" if is_skipped else exc, file=sys.stderr)
        return 0 if is_skipped else 2
    except (ChangesError, GeneratorError, OSError) as exc:
        print(exc, file=sys.stderr)
        return 2
    if options.command == "version-check":
        return _check_version(comparison)
    if options.command == "release-notes":
        print(release_notes(comparison.changes, comparison.required), end="")
    else:
        print(FORMATS[options.format](comparison))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gemini_clearing_changes", description="Changes of the spec since BASE.")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (default: the current folder)")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("diff", "print the changes, their weight and the version that they require"),
        ("version-check", "fail if the declared version is too small"),
        ("release-notes", "print an entry for the changelog"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--base", default="", help="a git ref (default: the last release)")
        if name == "diff":
            command.add_argument("--format", choices=FORMATS, default="text")
        command.add_argument(
            "--no-tests", dest="tests", action="store_false", help="neither type-check nor run BASE's tests"
        )
    return parser


def _stated(root: Path) -> tuple[str, str]:
    """Return the texts of the version file and of the changelog."""
    return (root / VERSION).read_text("utf-8"), (root / "CHANGELOG.md").read_text("utf-8")


def _compare(root: Path, ref: str, *, is_complete: bool = True, tests: bool = True) -> Comparison:
    """Compare with a commit; if the result need not be complete, stop as soon as its weight cannot grow."""
    base = Base(root, ref or default_base(root))
    before, after = base.spec(), load_spec(root / SPEC)
    changes = compare_specs(before, after)
    python, notes = _compare_python(base, before, after) if changes else ([], ())
    declared = declared_version(*_stated(root))
    found = merged([*changes, *python])
    if is_complete or heaviest(found) < Weight.MAJOR:
        broken, remarks = _check_tests(base, after) if tests else ([], ("SKIPPED: tests of BASE (--no-tests)",))
        found, notes = sorted([*found, *broken], key=lambda change: -change.weight), (*notes, *remarks)
    comparison = Comparison(base.ref, base.version(), declared, found, notes)
    if not is_complete:
        return comparison
    opinion = specmatic_opinion(before.document, after.document, specmatic_jar(root))
    return attrs.evolve(comparison, second=compare_opinions(opinion, found, before, after))


def _check_tests(base: Base, after: Spec) -> tuple[list[Change], tuple[str, ...]]:
    """Type-check and run the tests of BASE if a part of the shipped packages may have changed since then."""
    if not base.has_changed(SPEC, CLIENT, *LIBRARIES):
        return [], ()
    with extracted(base, after) as tree:
        (typed, checked), (failing, ran) = check_types(tree), run_tests(tree)
    return [*typed, *failing], (checked, ran)


def _compare_python(base: Base, before: Spec, after: Spec) -> tuple[list[Change], tuple[str, ...]]:
    """Compare what both specs render; the committed client of BASE replaces a spec that cannot be rendered."""
    new = rendered(after)
    try:
        return compare_python(rendered(before), new), ()
    except GeneratorError as exc:
        with tempfile.TemporaryDirectory(prefix="gemini-clearing-") as folder:
            note = f"The spec at {base.ref} cannot be rendered today ({exc})."
            if not base.extract_client(Path(folder)):
                return [], (f"{note} It has no client either: the Python API was not compared.",)
            note = f"{note} Its committed client was compared instead."
            return compare_python(load_package(Path(folder)), new), (note,)


def _check_version(comparison: Comparison) -> int:
    print(comparison.summary())
    if not smaller(comparison.declared, comparison.required):
        return 0
    print(
        f"Undeclared {comparison.weight.label} change: `make spec-diff` lists it. "
        f"Add the line `The next version is {comparison.required}.` below `## [Unreleased]` in CHANGELOG.md; "
        "`make release-notes` prints the whole entry.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(ended(main))

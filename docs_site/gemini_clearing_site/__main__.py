"""The command `python -m gemini_clearing_site`: build the documentation site, and check it."""

import argparse
import os
import sys
from pathlib import Path

from ._browser_check import check_in_browser, missing
from ._build import build_site
from ._check import check_pages
from ._errors import SiteError
from .captures import check_captures

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Build the site. Return the exit status: 0 built, 1 a check has found problems, 2 not built or not checked."""
    options = _parser().parse_args(arguments)
    try:
        html = build_site(options.root.resolve(), options.output.resolve())
    except SiteError as exc:
        print(f"{exc}\nThe site was not built.", file=sys.stderr)
        return 2
    print(f"Built {options.output / 'html' / 'index.html'}")
    if not options.check:
        return 0
    problems = check_pages(html) + check_captures(html / "captures")
    if absent := missing():
        print(f"SKIPPED: the check in a browser ({', '.join(absent)} not found)")
    else:
        problems += check_in_browser(html, options.screenshots)
    print("\n".join([*problems, f"{len(problems)} problems"]))
    if problems:
        return 1
    # In CI, a tool that cannot be installed is an error instead of a skipped check.
    return 2 if absent and os.environ.get("STRICT") else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gemini_clearing_site", description="Build the documentation site.")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (default: the current folder)")
    parser.add_argument("--output", type=Path, default=Path(".build/site"), help="the folder (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="check links, and each page in a browser, too")
    parser.add_argument("--screenshots", type=Path, help="a folder for a screenshot of each page in each view")
    return parser


if __name__ == "__main__":
    sys.exit(main())

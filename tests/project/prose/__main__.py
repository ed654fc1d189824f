"""`python -m tests.project.prose [PATH…]`: list mannered phrases with replacements; exit status 1 above the limit."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.project.reading import ROOT, committed

from .counting import HITS_PER_1000_WORDS, Part, count


def main(arguments: list[str] | None = None) -> int:
    """Print the hits and a table of rates; return 0 where every part of the project keeps the limit, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.project.prose", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, help="files or folders (default: every committed file)")
    parser.add_argument("--rates", action="store_true", help="print the table of rates only")
    options = parser.parse_args(arguments)
    paths = sorted(_files(options.paths)) if options.paths else committed()
    hits, parts = count(paths, ROOT)
    if not options.rates:
        for hit in hits:
            print(f"{hit.file}:{hit.line}: {hit.kind}: “{hit.found}” → {hit.instead}")
    print(_table(parts))
    return int(any(part.rate > HITS_PER_1000_WORDS or part.name_hits for part in parts.values()))


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        whole = path.resolve()
        yield from (file for file in whole.rglob("*") if file.is_file()) if whole.is_dir() else [whole]


def _table(parts: dict[str, Part]) -> str:
    rows = [f"{'part':20} {'words':>7} {'hits':>6} {'per 1,000':>10} {'names':>7} {'hits':>6}"]
    for name, part in parts.items():
        rows.append(f"{name:20} {part.words:7} {part.hits:6} {part.rate:10.2f} {part.names:7} {part.name_hits:6}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())

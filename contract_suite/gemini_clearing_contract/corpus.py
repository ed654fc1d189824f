"""Record the corpus; with `--check`, report what a recording would change."""

from __future__ import annotations

import sys

from .cases.corpus import CORPUS_FILE, differences, make_corpus, read_corpus, write_corpus
from .spec import Spec


def main(arguments: list[str]) -> int:
    """Record, or compare."""
    if "--check" not in arguments:
        count = write_corpus(make_corpus(Spec()))
        sys.stdout.write(f"{count} cases recorded in {CORPUS_FILE.name}\n")
        return 0
    changes = differences(read_corpus(), list(make_corpus(Spec())))
    for change in changes:
        sys.stdout.write(f"{change}\n")
    if changes:
        sys.stdout.write(f"{len(changes)} cases differ from the spec: review them, then `make corpus`.\n")
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

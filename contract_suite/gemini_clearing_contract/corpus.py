"""`python -m gemini_clearing_contract.corpus`: record the corpus, or with `--check` show what would change."""

import argparse
import sys
from collections.abc import Sequence

from .cases.corpus import CORPUS_FILE, differences, make_corpus, read_corpus, write_corpus
from .spec import Spec

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Record the corpus, or compare it; exit status 1 if it is outdated."""
    parser = argparse.ArgumentParser(prog="python -m gemini_clearing_contract.corpus", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare the recorded corpus with the spec")
    if not parser.parse_args(arguments).check:
        number = write_corpus(make_corpus(Spec()))
        sys.stdout.write(f"{number} cases recorded in {CORPUS_FILE.name}\n")
        return 0
    changes = differences(read_corpus(), list(make_corpus(Spec())))
    for change in changes:
        sys.stdout.write(f"{change}\n")
    if changes:
        sys.stdout.write(f"{len(changes)} cases differ from the spec. Review them, and run `make corpus`.\n")
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main())

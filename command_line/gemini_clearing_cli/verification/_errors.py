"""The error of a verification that cannot start, and the errors of the standard library for a damaged archive."""

import zipfile
import zlib

__all__ = ["DAMAGED_ARCHIVE", "VerificationError"]

# Each was raised for an archive with one changed byte: an unknown compression method is a `NotImplementedError`, a sign
# of encryption a `RuntimeError`.
DAMAGED_ARCHIVE = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What `zipfile` raises when it reads a damaged archive."""


class VerificationError(Exception):
    """Nothing was compared. The message states the problem, then what to do."""

"""The error of a verification that cannot start, and the errors of the standard library for a damaged archive."""

import zipfile
import zlib

__all__ = ["DAMAGED_ARCHIVE", "VerificationError"]

# Changing one byte of an archive, 4,410 times, raised each of these; `RuntimeError` for the flag of an encrypted file
# and, as a subclass of it, for an unknown compression method.
DAMAGED_ARCHIVE = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What `zipfile` raises when it reads a damaged archive."""


class VerificationError(Exception):
    """Nothing was compared. The message states the problem, then what to do."""

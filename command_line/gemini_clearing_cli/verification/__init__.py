"""
The verification of an installation: its files are compared with their provenance and with RECORD.

It imports the standard library only, so that it also runs if a file of the client or of a dependency is damaged.
"""

from ._comparison import Verification, verify
from ._errors import VerificationError
from ._installation import Installation, find_installation

__all__ = ["Installation", "Verification", "VerificationError", "find_installation", "verify"]

"""Drift: the differences between our spec and a vendor's published OpenAPI file, and the decision on each."""

from ._compare import Difference, differences
from ._decisions import Decision, read_decisions
from ._vendor import read_vendor

__all__ = ["Decision", "Difference", "differences", "read_decisions", "read_vendor"]

"""
The catalog of seeded faults.

A fault is one row: its name, the layer of the suite that must detect it, and what to change.
`mock` holds faults of a server, `client` those of the client and its generator, `spec` those of the spec.
"""

from tests.faults.catalog.client import CLIENT_FAULTS
from tests.faults.catalog.mock import MOCK_FAULTS
from tests.faults.catalog.spec import SPEC_FAULTS
from tests.faults.seeded_fault import SeededFault

__all__ = ["CATALOG"]

CATALOG: tuple[SeededFault, ...] = (*MOCK_FAULTS, *CLIENT_FAULTS, *SPEC_FAULTS)

"""
The catalogue of seeded faults.

A fault is one row: its name, the layer of the suite that must detect it, and what to change.
`mock` holds faults of a server, `client` those of the client and its generator, `spec` those of the spec.
"""

from tests.faults.catalogue.client import CLIENT_FAULTS
from tests.faults.catalogue.mock import MOCK_FAULTS
from tests.faults.catalogue.spec import SPEC_FAULTS
from tests.faults.seeded_fault import SeededFault

__all__ = ["CATALOGUE"]

CATALOGUE: tuple[SeededFault, ...] = (*MOCK_FAULTS, *CLIENT_FAULTS, *SPEC_FAULTS)

"""All seeded faults of the client."""

from tests.simulation.seeded_faults.keys import BOUNDS, JOURNALED, NONCES, RATE_LIMIT
from tests.simulation.seeded_faults.statements import DONE, NOT_SENT, REJECTED, REPORTED, RESOLVED, SENT_AGAIN

__all__ = ["CATALOG"]

CATALOG = (
    *NOT_SENT,
    *REJECTED,
    *DONE,
    *SENT_AGAIN,
    *RESOLVED,
    *REPORTED,
    *BOUNDS,
    *RATE_LIMIT,
    *NONCES,
    *JOURNALED,
)

"""All ported defects, as rows and as faults of the mock."""

from tests.faults.defects4rest.catalog.access import ACCESS_DEFECTS
from tests.faults.defects4rest.catalog.payloads import PAYLOAD_DEFECTS
from tests.faults.defects4rest.catalog.queries import QUERY_DEFECTS
from tests.faults.defects4rest.catalog.responses import RESPONSE_DEFECTS
from tests.faults.defects4rest.catalog.states import STATE_DEFECTS
from tests.faults.defects4rest.ported import Row, fault_of

__all__ = ["CATALOG", "DEFECTS"]

DEFECTS: tuple[Row, ...] = (*QUERY_DEFECTS, *PAYLOAD_DEFECTS, *RESPONSE_DEFECTS, *ACCESS_DEFECTS, *STATE_DEFECTS)
CATALOG = tuple(map(fault_of, DEFECTS))

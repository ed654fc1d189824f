"""The ported defects by what is wrong, each as a fault of the mock."""

from tests.faults.defects4rest.catalog.access import ACCESS_DEFECTS
from tests.faults.defects4rest.catalog.payloads import PAYLOAD_DEFECTS
from tests.faults.defects4rest.catalog.queries import QUERY_DEFECTS
from tests.faults.defects4rest.catalog.responses import RESPONSE_DEFECTS
from tests.faults.defects4rest.catalog.states import STATE_DEFECTS

__all__ = ["CATALOG"]

CATALOG = (*QUERY_DEFECTS, *PAYLOAD_DEFECTS, *RESPONSE_DEFECTS, *ACCESS_DEFECTS, *STATE_DEFECTS)

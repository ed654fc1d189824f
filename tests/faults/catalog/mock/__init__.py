"""Faults of a server, planted in the mock exchange or in front of it."""

from tests.faults.catalog.mock.accepted_requests import ACCEPTED_REQUEST_FAULTS
from tests.faults.catalog.mock.callers import CALLER_FAULTS
from tests.faults.catalog.mock.checks import CHECK_FAULTS
from tests.faults.catalog.mock.combined_filters import COMBINED_FILTER_FAULTS
from tests.faults.catalog.mock.error_responses import ERROR_RESPONSE_FAULTS
from tests.faults.catalog.mock.lifecycle import LIFECYCLE_FAULTS
from tests.faults.catalog.mock.limits import LIMIT_FAULTS
from tests.faults.catalog.mock.lists import LIST_FAULTS
from tests.faults.catalog.mock.methods import METHOD_FAULTS
from tests.faults.catalog.mock.near_types import NEAR_TYPE_FAULTS
from tests.faults.catalog.mock.nonces import NONCE_FAULTS
from tests.faults.catalog.mock.orders import ORDER_FAULTS
from tests.faults.catalog.mock.precision import PRECISION_FAULTS
from tests.faults.catalog.mock.rejected_requests import REJECTED_REQUEST_FAULTS
from tests.faults.catalog.mock.response_fields import RESPONSE_FIELD_FAULTS
from tests.faults.catalog.mock.responses import RESPONSE_FAULTS
from tests.faults.catalog.mock.single_states import SINGLE_STATE_FAULTS
from tests.faults.catalog.mock.single_values import SINGLE_VALUE_FAULTS
from tests.faults.catalog.mock.traces import TRACE_FAULTS

__all__ = ["MOCK_FAULTS"]

MOCK_FAULTS = (
    *RESPONSE_FIELD_FAULTS, *RESPONSE_FAULTS, *ERROR_RESPONSE_FAULTS, *ACCEPTED_REQUEST_FAULTS, *REJECTED_REQUEST_FAULTS,
    *NONCE_FAULTS, *CHECK_FAULTS, *ORDER_FAULTS, *LIST_FAULTS, *PRECISION_FAULTS, *COMBINED_FILTER_FAULTS,
    *SINGLE_VALUE_FAULTS, *SINGLE_STATE_FAULTS, *TRACE_FAULTS, *NEAR_TYPE_FAULTS, *METHOD_FAULTS, *CALLER_FAULTS,
    *LIMIT_FAULTS, *LIFECYCLE_FAULTS,
)  # fmt: skip

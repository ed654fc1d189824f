"""The whole catalogue, in one tuple; names are unique."""

from __future__ import annotations

from tests.faults._client import CLIENT_FAULTS
from tests.faults._fault import Fault
from tests.faults._generator import GENERATOR_FAULTS
from tests.faults._mock_answers import ANSWER_FAULTS
from tests.faults._mock_checks import CHECK_FAULTS
from tests.faults._mock_orders import ORDER_FAULTS
from tests.faults._specs import SPEC_FAULTS

__all__ = ["CATALOGUE"]

CATALOGUE: tuple[Fault, ...] = (
    *ANSWER_FAULTS, *CHECK_FAULTS, *ORDER_FAULTS, *CLIENT_FAULTS, *GENERATOR_FAULTS, *SPEC_FAULTS,
)  # fmt: skip

"""Faults of the spec: what an editor may get wrong while server and client are correct."""

from tests.faults.catalog.spec.business_rules import SPEC_RULE_FAULTS
from tests.faults.catalog.spec.requests import SPEC_REQUEST_FAULTS
from tests.faults.catalog.spec.responses import SPEC_RESPONSE_FAULTS

__all__ = ["SPEC_FAULTS"]

SPEC_FAULTS = (*SPEC_REQUEST_FAULTS, *SPEC_RESPONSE_FAULTS, *SPEC_RULE_FAULTS)

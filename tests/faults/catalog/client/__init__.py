"""Faults of the client: its generator, its generated code, its runtime and its signer."""

from tests.faults.catalog.client.arguments import ARGUMENT_FAULTS
from tests.faults.catalog.client.evidence import EVIDENCE_FAULTS
from tests.faults.catalog.client.generated import GENERATED_FAULTS
from tests.faults.catalog.client.generator import GENERATOR_FAULTS
from tests.faults.catalog.client.outcomes import OUTCOME_FAULTS
from tests.faults.catalog.client.responses import RESPONSE_FAULTS
from tests.faults.catalog.client.signing import SIGNING_FAULTS

__all__ = ["CLIENT_FAULTS"]

CLIENT_FAULTS = (
    *GENERATED_FAULTS, *ARGUMENT_FAULTS, *SIGNING_FAULTS, *RESPONSE_FAULTS, *EVIDENCE_FAULTS, *OUTCOME_FAULTS,
    *GENERATOR_FAULTS,
)  # fmt: skip

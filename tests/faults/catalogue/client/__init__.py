"""Faults of the client: its generator, its generated code, its runtime and its signer."""

from tests.faults.catalogue.client.arguments import ARGUMENT_FAULTS
from tests.faults.catalogue.client.generated import GENERATED_FAULTS
from tests.faults.catalogue.client.generator import GENERATOR_FAULTS
from tests.faults.catalogue.client.outcomes import OUTCOME_FAULTS
from tests.faults.catalogue.client.responses import RESPONSE_FAULTS
from tests.faults.catalogue.client.signing import SIGNING_FAULTS

__all__ = ["CLIENT_FAULTS"]

CLIENT_FAULTS = (
    *GENERATED_FAULTS, *ARGUMENT_FAULTS, *SIGNING_FAULTS, *RESPONSE_FAULTS, *OUTCOME_FAULTS, *GENERATOR_FAULTS,
)  # fmt: skip

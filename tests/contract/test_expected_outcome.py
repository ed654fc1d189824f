"""The suite's own signer, and the expected outcomes of requests, without a server."""

from decimal import Decimal
from itertools import combinations

import pytest

from gemini_clearing_contract.cases.negative_cases import NEGATIVE_CASES, NegativeCase, RequestDraft
from gemini_clearing_contract.cases.values import plain_body
from gemini_clearing_contract.oracle.expected_outcome import expected_outcome
from gemini_clearing_contract.oracle.key_ring import KeyRing
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.wire import Desk, sign

SPEC = Spec()
DESK = Desk("desk", "account-demo", "demo-secret", "R485E04Q", frozenset({"Trader"}))
OTHER_DESK = Desk("other", "account-other", "other-secret", "OM9VNL1G", frozenset({"Trader"}))
ONE_OF_EACH_CHECK = list({case.check: case for case in NEGATIVE_CASES}.values())


def draft_and_ring(operation: str = "create_order") -> tuple[RequestDraft, KeyRing]:
    """Return a valid request, and a ring whose key has spent a nonce."""
    ring = KeyRing((DESK, OTHER_DESK), lambda: Decimal(0))
    ring.spent[DESK.api_key] = Decimal(1000)
    called = SPEC.operations[operation]
    body = {"request": called.path, "nonce": 2000, **plain_body(called)}
    return RequestDraft(DESK, called, body, Decimal(1000), OTHER_DESK, "/v1/clearing/list"), ring


def test_signer_reproduces_the_published_signature() -> None:
    """The signature of the documentation's example is correct."""
    payload = (
        "ewogICAgInJlcXVlc3QiOiAiL3YxL29yZGVyL3N0YXR1cyIsCiAgICAibm9u"
        "Y2UiOiAxMjM0NTYsCgogICAgIm9yZGVyX2lkIjogMTg4MzQKfQo="
    )

    assert "337cc8b4ea692cfe65b4a85fcc9f042b2e3f702ac956fd098d600ab15705775017beae402be773ceee10719ff70d710f" == sign(
        payload, "1234abcd"
    )


@pytest.mark.parametrize("operation", SPEC.operations)
def test_valid_request_has_no_violation(operation: str) -> None:
    """Only business rules may reject a valid request, and it spends its nonce."""
    draft, ring = draft_and_ring(operation)

    expected = expected_outcome(SPEC, ring, draft.build())

    assert (None, ()) == (expected.check, expected.violations)
    assert 2000 == expected.spends_nonce


@pytest.mark.parametrize("case", NEGATIVE_CASES, ids=lambda case: case.name)
def test_negative_case_violates_its_check(case: NegativeCase) -> None:
    """The check and the reason of each negative case follow from the spec."""
    draft, ring = draft_and_ring()
    case.apply(draft)

    expected = expected_outcome(SPEC, ring, draft.build())

    assert (case.check, {case.reason}) == (expected.check, {error.reason for error in expected.errors})


@pytest.mark.parametrize(("first", "second"), list(combinations(ONE_OF_EACH_CHECK, 2)), ids=lambda case: case.check)
def test_earlier_check_of_two_errors_responds(first: NegativeCase, second: NegativeCase) -> None:
    """The check that is earlier in `x-precedence` decides the outcome."""
    draft, ring = draft_and_ring()
    second.apply(draft)
    first.apply(draft)
    earlier = min(first, second, key=lambda case: SPEC.precedence.index(case.check))

    assert earlier.check == expected_outcome(SPEC, ring, draft.build()).check

"""The suite's own signer and its verdicts on requests, without any server."""

from __future__ import annotations

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
STRANGER = Desk("stranger", "account-other", "other-secret", "OM9VNL1G", frozenset({"Trader"}))
FIRST_OF_CHECK = list({negative_case.check: negative_case for negative_case in NEGATIVE_CASES}.values())


def draft_and_ring(operation: str = "create_order") -> tuple[RequestDraft, KeyRing]:
    """A request without fault, and a ring whose key has spent a nonce."""
    ring = KeyRing((DESK, STRANGER), lambda: Decimal(0))
    ring.spent[DESK.api_key] = Decimal(1000)
    what = SPEC.operations[operation]
    body = {"request": what.path, "nonce": 2000, **plain_body(what)}
    return RequestDraft(DESK, what, body, Decimal(1000), STRANGER), ring


def test_signer_makes_the_published_signature() -> None:
    """The vector of the documentation."""
    payload = (
        "ewogICAgInJlcXVlc3QiOiAiL3YxL29yZGVyL3N0YXR1cyIsCiAgICAibm9u"
        "Y2UiOiAxMjM0NTYsCgogICAgIm9yZGVyX2lkIjogMTg4MzQKfQo="
    )

    assert "337cc8b4ea692cfe65b4a85fcc9f042b2e3f702ac956fd098d600ab15705775017beae402be773ceee10719ff70d710f" == sign(
        payload, "1234abcd"
    )


@pytest.mark.parametrize("operation", SPEC.operations)
def test_verdict_lets_a_request_without_fault_pass(operation: str) -> None:
    """Nothing but business may refuse it, and it spends its nonce."""
    draft, ring = draft_and_ring(operation)

    expected = expected_outcome(SPEC, ring, draft.build())

    assert (None, ()) == (expected.check, expected.violations)
    assert 2000 == expected.spends_nonce


@pytest.mark.parametrize("flaw", NEGATIVE_CASES, ids=lambda negative_case: negative_case.name)
def test_verdict_names_the_reason_of_each_flaw(negative_case: NegativeCase) -> None:
    """The catalogue says which check must find it and which reason it gives; the spec agrees."""
    draft, ring = draft_and_ring()
    negative_case.apply(draft)

    expected = expected_outcome(SPEC, ring, draft.build())

    assert (negative_case.check, {negative_case.reason}) == (
        expected.check,
        {refusal.reason for refusal in expected.errors},
    )


@pytest.mark.parametrize(
    ("first", "second"), list(combinations(FIRST_OF_CHECK, 2)), ids=lambda negative_case: negative_case.check
)
def test_verdict_answers_the_earlier_of_two_flaws(first: NegativeCase, second: NegativeCase) -> None:
    """By the spec's `x-precedence`."""
    draft, ring = draft_and_ring()
    second.apply(draft)
    first.apply(draft)
    earlier = min(first, second, key=lambda negative_case: SPEC.precedence.index(negative_case.check))

    assert earlier.check == expected_outcome(SPEC, ring, draft.build()).check

"""The spec says what the documentation says (documented.yaml), field by field and example by example."""

from typing import Any

import pytest

from tests.spec.reading import DOCUMENT, DOCUMENTED, OPERATIONS, resolve

TYPES: dict[str, Any] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "side": "string",
    "timestamp": {"string", "integer"},
}


def _json_type(schema: dict[str, Any]) -> Any:
    declared = schema["type"]
    return set(declared) if isinstance(declared, list) else declared


def _success(name: str) -> dict[str, Any]:
    """The schema of a documented answer: the alternative that is no refusal, where there are two."""
    schema = OPERATIONS[name].answer["schema"]
    alternatives = [resolve(part) for part in schema.get("oneOf", [schema])]
    [success] = [part for part in alternatives if not part.get("x-refusal")]
    return success


def _field(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """A field by its documented path, such as `orders[].price`."""
    *lists, last = path.split("[].")
    for step in lists:
        schema = resolve(resolve(schema["properties"][step])["items"])
    return resolve(schema["properties"][last])


REQUEST_FIELDS = [(name, field) for name, facts in DOCUMENTED.items() for field in facts["request"]]
ANSWER_FIELDS = [(name, field) for name, facts in DOCUMENTED.items() for field in facts["answer"]]


@pytest.mark.parametrize(("name", "field"), REQUEST_FIELDS)
def test_request_field_has_the_documented_type(name: str, field: str) -> None:
    """A nonce may also be a fraction, which live servers take; everything else is as the table says."""
    documented = DOCUMENTED[name]["request"][field].rstrip("!")
    schema = resolve(resolve(OPERATIONS[name].request["schema"])["properties"][field])

    assert _json_type(schema) == ({"string", "number"} if field == "nonce" else TYPES[documented])
    assert schema.get("enum") == (["buy", "sell"] if documented == "side" else None)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_request_requires_what_the_documentation_requires(name: str) -> None:
    """No field more, and none less; nor a field that the documentation does not know."""
    documented = DOCUMENTED[name]["request"]
    schema = resolve(OPERATIONS[name].request["schema"])

    assert set(schema["properties"]) == set(documented)
    assert set(schema["required"]) == {field for field, kind in documented.items() if kind.endswith("!")}


@pytest.mark.parametrize(("name", "field"), ANSWER_FIELDS)
def test_answer_field_has_the_documented_type(name: str, field: str) -> None:
    """Every documented field of an answer stands in the spec with its type."""
    documented = DOCUMENTED[name]["answer"][field]
    schema = _field(_success(name), field)

    assert _json_type(schema) == TYPES[documented]
    assert schema.get("enum") == (["buy", "sell"] if documented == "side" else None)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_answer_has_no_field_that_is_neither_documented_nor_in_an_example(name: str) -> None:
    """`result` of new and status is the only field that an example shows and no table names."""
    documented = {field.split("[]")[0] for field in DOCUMENTED[name]["answer"]}
    shown = {field for example in DOCUMENTED[name]["answer_examples"] for field in example}

    assert set(_success(name)["properties"]) == documented | shown


@pytest.mark.parametrize("name", DOCUMENTED)
def test_request_examples_are_the_documented_ones(name: str) -> None:
    """Each documented request stands in the spec; `<nonce>` became the number that the page shows as an example."""
    nonces = {example["value"]["nonce"] for example in OPERATIONS[name].request["examples"].values()}
    examples = [example["value"] | {"nonce": "<nonce>"} for example in OPERATIONS[name].request["examples"].values()]

    assert examples == DOCUMENTED[name]["request_examples"]
    assert nonces == {1495127793000}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_answer_examples_are_the_documented_ones(name: str) -> None:
    """Each documented answer under status 200 stands in the spec, the two refusals included."""
    examples = [example["value"] for example in OPERATIONS[name].answer["examples"].values()]

    assert examples == DOCUMENTED[name]["answer_examples"] + DOCUMENTED[name].get("refusals_under_200", [])


@pytest.mark.parametrize("name", [name for name, facts in DOCUMENTED.items() if "scope" in facts])
def test_roles_and_scope_hold_what_the_documentation_asks_for(name: str) -> None:
    """The endpoint's own page names one role and one scope; the role table may add Auditor."""
    declared = OPERATIONS[name].declared
    [scopes] = [alternative["OAuth"] for alternative in declared["security"] if "OAuth" in alternative]

    assert scopes == [DOCUMENTED[name]["scope"]]
    assert set(DOCUMENTED[name]["roles"]) <= set(declared["x-roles"])


def test_reasons_hold_every_documented_word() -> None:
    """The documentation's table of reasons, and the four that were seen on a live server."""
    assert set(DOCUMENT["components"]["schemas"]["Reason"]["x-extensible-enum"]) == set(_REASONS.split())


_REASONS = """
    AccountClosed AccountLimitExceeded AccountNotOfTypeRequired AccountsOnGroupOnlyApi BadAccountType
    ClientOrderIdMustBeString ClientOrderIdTooLong ConflictingAccountName ConflictingOptions
    EndpointMismatch EndpointNotFound ExceededMaxAccountsInGroup GTSTradeIDMustBeString
    HasNotAgreedToCustodyTerms InsufficientFunds InvalidAccountName InvalidAccountType InvalidFundTransfer
    InvalidJson InvalidNonce InvalidOrderType InvalidPrice InvalidQuantity InvalidSide InvalidSignature
    InvalidStopPrice InvalidStopPriceBuy InvalidStopPriceRatio InvalidStopPriceSell InvalidSymbol
    InvalidTimestampInPayload Maintenance MarketNotOpen MissingAccountName MissingAccounts
    MissingApikeyHeader MissingName MissingNonce MissingOrderField MissingPayloadHeader MissingPayloadKey
    MissingRole MissingSignatureHeader MoreThanOneAccount NoAccountOfTypeRequired NoSSL
    NotGroupApiCompatible OptionsMustBeArray OrderNotFound RateLimit RemoteAddressForbidden System
    UnsupportedOption AmbiguousAuthentication ApiKeyIpFilteringFailure InvalidApiKey
    MissingSecurityHeaders
"""

"""The spec agrees with the documentation (documented.yaml), field by field and example by example."""

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
    """Return the schema of the success, without the error response with status 200."""
    schema = OPERATIONS[name].response["schema"]
    alternatives = [resolve(part) for part in schema.get("oneOf", [schema])]
    [success] = [part for part in alternatives if not part.get("x-refusal")]
    return success


def _field(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a field by its documented path, such as `orders[].price`."""
    *lists, last = path.split("[].")
    for step in lists:
        schema = resolve(resolve(schema["properties"][step])["items"])
    return resolve(schema["properties"][last])


REQUEST_FIELDS = [(name, field) for name, facts in DOCUMENTED.items() for field in facts["request"]]
RESPONSE_FIELDS = [(name, field) for name, facts in DOCUMENTED.items() for field in facts["response"]]


@pytest.mark.parametrize(("name", "field"), REQUEST_FIELDS)
def test_request_field_has_the_documented_type(name: str, field: str) -> None:
    """A nonce may also be a fraction, which live servers accept; all other types are those of the table."""
    documented = DOCUMENTED[name]["request"][field].rstrip("!")
    schema = resolve(resolve(OPERATIONS[name].request["schema"])["properties"][field])

    assert _json_type(schema) == ({"string", "number"} if field == "nonce" else TYPES[documented])
    assert schema.get("enum") == (["buy", "sell"] if documented == "side" else None)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_request_requires_the_documented_fields(name: str) -> None:
    """The required fields are the documented ones, and no field is undocumented."""
    documented = DOCUMENTED[name]["request"]
    schema = resolve(OPERATIONS[name].request["schema"])

    assert set(schema["properties"]) == set(documented)
    assert set(schema["required"]) == {field for field, kind in documented.items() if kind.endswith("!")}


@pytest.mark.parametrize(("name", "field"), RESPONSE_FIELDS)
def test_response_field_has_the_documented_type(name: str, field: str) -> None:
    """Every documented response field is in the spec, with its type."""
    documented = DOCUMENTED[name]["response"][field]
    schema = _field(_success(name), field)

    assert _json_type(schema) == TYPES[documented]
    assert schema.get("enum") == (["buy", "sell"] if documented == "side" else None)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_response_has_documented_fields_only(name: str) -> None:
    """`result` of new and status is the only field that is in an example and not in a table."""
    documented = {field.split("[]")[0] for field in DOCUMENTED[name]["response"]}
    shown = {field for example in DOCUMENTED[name]["response_examples"] for field in example}

    assert set(_success(name)["properties"]) == documented | shown


@pytest.mark.parametrize("name", DOCUMENTED)
def test_request_examples_are_the_documented_ones(name: str) -> None:
    """Each documented request is in the spec; `<nonce>` is the number that the page shows as an example."""
    nonces = {example["value"]["nonce"] for example in OPERATIONS[name].request["examples"].values()}
    examples = [example["value"] | {"nonce": "<nonce>"} for example in OPERATIONS[name].request["examples"].values()]

    assert examples == DOCUMENTED[name]["request_examples"]
    assert nonces == {1495127793000}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_response_examples_are_the_documented_ones(name: str) -> None:
    """Each documented response with status 200 is in the spec, including two error responses."""
    examples = [example["value"] for example in OPERATIONS[name].response["examples"].values()]

    assert examples == DOCUMENTED[name]["response_examples"] + DOCUMENTED[name].get(
        "error_responses_with_status_200", []
    )


@pytest.mark.parametrize("name", [name for name, facts in DOCUMENTED.items() if "scope" in facts])
def test_roles_and_scope_are_the_documented_ones(name: str) -> None:
    """The page of an endpoint has one role and one scope; the table of roles may add Auditor."""
    declared = OPERATIONS[name].declared
    [scopes] = [alternative["OAuth"] for alternative in declared["security"] if "OAuth" in alternative]

    assert scopes == [DOCUMENTED[name]["scope"]]
    assert set(DOCUMENTED[name]["roles"]) <= set(declared["x-roles"])


def test_reasons_are_the_documented_ones() -> None:
    """The table of the documentation, and the four reasons that were observed on a live server."""
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

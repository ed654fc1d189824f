"""The valid and invalid values of each type of request field, at its bounds."""

from typing import Any

import pytest

from tests.spec.reading import DOCUMENT, OPERATIONS, resolve, validator

SCHEMAS = DOCUMENT["components"]["schemas"]
EXPIRY = SCHEMAS["CreateOrderRequest"]["properties"]["expires_in_hrs"]
BROKER_EXPIRY = SCHEMAS["CreateBrokerOrderRequest"]["properties"]["expires_in_hrs"]
TRADES = SCHEMAS["ListTradesRequest"]["properties"]

FIELDS: dict[str, tuple[dict[str, Any], list[Any], list[Any]]] = {
    "symbol": (SCHEMAS["Symbol"], ["btcusd", "BTCUSD", "1inch"], ["", "btc-usd", "btc usd", "btcusd\n", 1, None]),
    "side": (SCHEMAS["Side"], ["buy", "sell"], ["Buy", "", "short", 1, None]),
    "clearing id": (SCHEMAS["ClearingId"], ["0OQGOZXW", "x"], ["", 1, None]),
    "counterparty id": (SCHEMAS["CounterpartyId"], ["OM9VNL1G", "x"], ["", 1, None]),
    "account": (SCHEMAS["AccountName"], ["primary", "x"], ["", 1, None]),
    "nonce": (SCHEMAS["Nonce"], [0, 1, 1.5, "1", "1.5"], [-1, "", "-1", "1e3", "abc", True, None]),
    "time": (SCHEMAS["Timestamp"], [0, 1495127793, "1495127793000"], [-1, 1.5, "", "-1", "1.5", "now", True, None]),
    "nanoseconds": (TRADES["timestamp_nanos"], [0, 1495127793000000000], [-1, 1.5, "1", True, None]),
    "limit": (SCHEMAS["Limit"], [1, 10**9], [0, -1, 1.5, "1", True, None]),
    "limit per account": (TRADES["limit_per_account"], [1, 300], [0, 301, 1.5, "1", True, None]),
    "expiry": (EXPIRY, [1, 24.0], [0, -1, 1.5, "24", True, None]),
    "broker's expiry": (BROKER_EXPIRY, [1, 0.5, 24.0], [0, -1, "24", True, None]),
    "funded": (SCHEMAS["Funded"], [True, False], ["true", 1, None]),
    "status filter": (SCHEMAS["StatusFilter"], ["Settled", "x"], ["", 1, None]),
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [pytest.param(row[0], value, id=f"{name} {value!r}") for name, row in FIELDS.items() for value in row[1]],
)
def test_field_accepts(schema: dict[str, Any], value: Any) -> None:
    """The value is documented, or just inside a bound."""
    assert validator(schema).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [pytest.param(row[0], value, id=f"{name} {value!r}") for name, row in FIELDS.items() for value in row[2]],
)
def test_field_rejects(schema: dict[str, Any], value: Any) -> None:
    """The value has the wrong type, or is just outside a bound."""
    assert not validator(schema).is_valid(value)


@pytest.mark.parametrize("schema", ["ResponseTime", "ResponseMilliseconds"])
def test_times_in_responses_are_in_the_range_of_datetime(schema: str) -> None:
    """From the epoch to the end of the year 9999, in milliseconds."""
    times = validator(SCHEMAS[schema])

    assert [times.is_valid(value) for value in (0, 253402300799999)] == [True, True]
    assert [times.is_valid(value) for value in (-1, 253402300800000, 1.5)] == [False, False, False]


def test_times_in_responses_may_be_strings() -> None:
    """`submission` and `expiration` of `list` are documented as string or integer."""
    times = validator(SCHEMAS["ResponseTime"])

    assert [times.is_valid(text) for text in ("0", "1641790800020", "99999999999999")] == [True] * 3
    assert [times.is_valid(text) for text in ("", "-1", "1.5", "now", "1641790800020\n")] == [False] * 5


def test_defaults_are_the_documented_ones() -> None:
    """A default describes the exchange; the client does not send it."""
    defaults = {
        (name, field): resolve(schema)["default"]
        for name, operation in OPERATIONS.items()
        for field, schema in resolve(operation.request["schema"])["properties"].items()
        if "default" in resolve(schema)
    }

    assert defaults == {
        ("list_orders", "funded"): False,
        ("list_broker_orders", "funded"): False,
        ("list_trades", "limit_per_account"): 100,
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_start_requires_its_end_and_the_reverse(name: str) -> None:
    """A window with one of its two ends is invalid."""
    schema = resolve(OPERATIONS[name].request["schema"])
    windows = [field.removesuffix("_start") for field in schema["properties"] if field.endswith("_start")]
    partners = {
        f"{window}_{one}": [f"{window}_{other}"]
        for window in windows
        for one, other in (("start", "end"), ("end", "start"))
    }

    assert schema.get("dependentRequired", {}) == partners


@pytest.mark.parametrize("name", OPERATIONS)
def test_request_body_is_required(name: str) -> None:
    """Every call has a payload."""
    assert OPERATIONS[name].declared["requestBody"]["required"] is True

"""The documented examples: requests are signed as documented, responses are decoded and written back without loss."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from gemini_clearing import GeminiClearing, MaybeExecutedError, RejectedError, _operations
from tests.client.desks import Wire
from tests.spec.reading import DOCUMENT, OPERATIONS


def _examples(side: str) -> list[Any]:
    """Return the examples of all requests, or of all responses with status 200, with their names."""
    found = []
    for operation, (_, declared) in OPERATIONS.items():
        body = declared["requestBody"] if side == "request" else declared["responses"]["200"]
        examples = body["content"]["application/json"].get("examples", {})
        found += [
            pytest.param(operation, example["value"], id=f"{operation}-{name}") for name, example in examples.items()
        ]
    return found


ERROR_RESPONSES = [
    pytest.param(int(status), example["value"], id=f"{status}-{name}")
    for status, response in (("400", "BadRequest"), ("403", "Forbidden"), ("404", "NotFound"))
    for content in DOCUMENT["components"]["responses"][response]["content"].values()
    for name, example in content["examples"].items()
]


@pytest.mark.usefixtures("without_pauses")
@pytest.mark.parametrize(("operation", "payload"), _examples("request"))
def test_documented_request_is_sent_unchanged(operation, payload):
    """The fields of the example, passed as arguments, are the signed JSON."""
    wire = Wire()
    transport = wire(httpx.MockTransport(lambda request: httpx.Response(404, content=b"")))
    arguments = {name: value for name, value in payload.items() if name not in ("request", "nonce")}

    with (
        GeminiClearing(api_key="account-demo-documented", api_secret="demo", transport=transport) as client,
        pytest.raises(MaybeExecutedError),
    ):
        getattr(client, operation)(**arguments)

    sent = json.loads(wire.payloads[0])
    assert sent == {**payload, "nonce": sent["nonce"]}


@pytest.mark.parametrize(("operation", "body"), _examples("response"))
def test_documented_response_is_decoded_and_written_back(operation, body):
    """The JSON is the same again. An error response with status 200 raises `RejectedError`."""
    content = json.dumps(body).encode()
    with GeminiClearing(
        api_key="account-demo-documented", api_secret="demo",
        transport=httpx.MockTransport(lambda request: httpx.Response(200, content=content)),
    ) as client:  # fmt: skip
        declared = getattr(_operations, operation.upper())
        if body.get("result") in ("error", "failed"):
            with pytest.raises(RejectedError) as rejected:
                client._call(declared, **_any_arguments(operation))
            assert (rejected.value.reason, rejected.value.message) == (
                body.get("reason"), body.get("message", body.get("details")),
            )  # fmt: skip
            return
        result = client._call(declared, **_any_arguments(operation))

    assert json.loads(result.to_json(), parse_float=Decimal) == json.loads(content, parse_float=Decimal)
    assert result.raw.content == content


def _any_arguments(operation: str) -> dict[str, Any]:
    """Return the arguments of the operation's first example."""
    example = _examples("request")
    return next(
        {name: value for name, value in case.values[1].items() if name not in ("request", "nonce")}
        for case in example
        if case.values[0] == operation
    )


@pytest.mark.parametrize(("status", "body"), ERROR_RESPONSES)
def test_documented_error_response_keeps_reason_and_message(status, body):
    """The error has the reason and the message of the example."""
    with (
        GeminiClearing(
            api_key="account-demo-documented", api_secret="demo",
            transport=httpx.MockTransport(lambda request: httpx.Response(status, json=body)),
            nonces=_SmallNonces(),
        ) as client,
        pytest.raises(RejectedError) as rejected,
    ):  # fmt: skip
        client.list_orders()

    assert (rejected.value.status, rejected.value.reason, rejected.value.message) == (
        status, body["reason"], body["message"],
    )  # fmt: skip


class _SmallNonces:
    """Nonces that start at 1 for every client."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        """Return the next number."""
        self.last += 1
        return self.last

"""Every documented example goes through the client and back without loss: arguments as sent, answers as received."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from gemini_clearing import GeminiClearing, RejectedError, _operations
from tests.client.desks import Wire

SPEC: dict[str, Any] = YAML(typ="safe", pure=True).load(Path(__file__).parents[2] / "openapi" / "clearing.yaml")
OPERATIONS = {item["post"]["operationId"]: (path, item["post"]) for path, item in SPEC["paths"].items()}


def _examples(side: str) -> list[Any]:
    """Every example of an operation's request, or of its answer under 200, with a name."""
    found = []
    for operation, (_, declared) in OPERATIONS.items():
        body = declared["requestBody"] if side == "request" else declared["responses"]["200"]
        examples = body["content"]["application/json"].get("examples", {})
        found += [
            pytest.param(operation, example["value"], id=f"{operation}-{name}") for name, example in examples.items()
        ]
    return found


REFUSALS = [
    pytest.param(int(status), example["value"], id=f"{status}-{name}")
    for status, response in (("400", "BadRequest"), ("403", "Forbidden"), ("404", "NotFound"))
    for name, example in SPEC["components"]["responses"][response]["content"]["application/json"]["examples"].items()
]


@pytest.mark.parametrize(("operation", "payload"), _examples("request"))
def test_documented_request_is_what_the_method_sends(operation, payload):
    """Given as arguments, the example's fields are the signed JSON, in the example's spelling."""
    wire = Wire()
    transport = wire(httpx.MockTransport(lambda request: httpx.Response(404, content=b"")))
    arguments = {name: value for name, value in payload.items() if name not in ("request", "nonce")}

    with (
        GeminiClearing(api_key="account-demo-documented", api_secret="demo", transport=transport) as client,
        pytest.raises(RejectedError),
    ):
        getattr(client, operation)(**arguments)

    sent = json.loads(wire.payloads[0])
    assert sent == {**payload, "nonce": sent["nonce"]}


@pytest.mark.parametrize(("operation", "answer"), _examples("answer"))
def test_documented_answer_goes_through_the_model_and_back(operation, answer):
    """Read and written, it is the same JSON; a refusal under 200 is told as one."""
    body = json.dumps(answer).encode()
    with GeminiClearing(
        api_key="account-demo-documented", api_secret="demo",
        transport=httpx.MockTransport(lambda request: httpx.Response(200, content=body)),
    ) as client:  # fmt: skip
        declared = getattr(_operations, operation.upper())
        if answer.get("result") in ("error", "failed"):
            with pytest.raises(RejectedError) as refused:
                client._call(declared, **_any_arguments(operation))
            assert (refused.value.reason, refused.value.message) == (
                answer.get("reason"), answer.get("message", answer.get("details")),
            )  # fmt: skip
            return
        result = client._call(declared, **_any_arguments(operation))

    assert json.loads(result.to_json(), parse_float=Decimal) == json.loads(body, parse_float=Decimal)
    assert result.raw.content == body


def _any_arguments(operation: str) -> dict[str, Any]:
    """The arguments of the operation's first example."""
    example = _examples("request")
    return next(
        {name: value for name, value in case.values[1].items() if name not in ("request", "nonce")}
        for case in example
        if case.values[0] == operation
    )


@pytest.mark.parametrize(("status", "refusal"), REFUSALS)
def test_documented_refusal_is_told_in_its_own_words(status, refusal):
    """Reason and message are those of the example."""
    with (
        GeminiClearing(
            api_key="account-demo-documented", api_secret="demo",
            transport=httpx.MockTransport(lambda request: httpx.Response(status, json=refusal)),
            nonces=_Numbers(),
        ) as client,
        pytest.raises(RejectedError) as refused,
    ):  # fmt: skip
        client.list_orders()

    assert (refused.value.status, refused.value.reason, refused.value.message) == (
        status, refusal["reason"], refusal["message"],
    )  # fmt: skip


class _Numbers:
    """Nonces that begin anew with every client."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        """Count."""
        self.last += 1
        return self.last

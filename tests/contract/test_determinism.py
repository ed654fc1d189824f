"""Two runs with the same seed send the same requests, nonces aside."""

from __future__ import annotations

import json

import pytest

from contract._signer import KEY_HEADER
from contract._target import EmbeddedTarget
from contract._testing import behind, run_of
from contract._wire import PAYLOAD_HEADER, decode_base64


def sent_by(layer: str, seed: int) -> list[str]:
    """Everything that a layer sends: method, path, key, and the payload without its nonce."""
    sent: list[str] = []

    def target() -> EmbeddedTarget:
        def way(request, handle, exchange):  # type: ignore[no-untyped-def]
            try:
                body = json.loads(decode_base64(request.header(PAYLOAD_HEADER) or ""))
                payload = {key: value for key, value in body.items() if key != "nonce"}
            except (ValueError, AttributeError):
                payload = request.header(PAYLOAD_HEADER)
            sent.append(f"{request.method} {request.path} {request.header(KEY_HEADER)} {payload}")
            return handle(request)

        return behind(way)

    run_of(layer, target=target(), seed=seed)
    return sent


@pytest.mark.parametrize("layer", ["fuzzing", "links", "machine", "sequences"])
def test_same_seed_sends_the_same_requests(layer: str) -> None:
    """One after the other, in the same order."""
    assert sent_by(layer, 7) == sent_by(layer, 7)


def test_another_seed_sends_other_requests() -> None:
    """The seed is what decides."""
    assert sent_by("machine", 1) != sent_by("machine", 2)

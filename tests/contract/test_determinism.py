"""Two runs with the same seed send the same requests, apart from nonces and the time of a query."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gemini_clearing_contract.layers import LAYERS
from gemini_clearing_contract.layers.tools.recording_client import Recorder
from gemini_clearing_contract.wire import KEY_HEADER, PAYLOAD_HEADER, WireRequest, decode_base64
from tests.contract.running import intercepted, run_of

ROOT = Path(__file__).resolve().parents[2]
IN_PROCESS = [layer.name for layer in LAYERS if layer.name != "over_http"]
# The client's query after a lost response contains the time of the loss.
TIMES = {"client_outcomes": {"submission_start", "submission_end"}}


def described(request: WireRequest, layer: str) -> str:
    """Return method, path, key, and the payload without nonce and time."""
    try:
        body = json.loads(decode_base64(request.header(PAYLOAD_HEADER) or ""))
        payload: object = {key: value for key, value in body.items() if key not in {"nonce", *TIMES.get(layer, ())}}
    except (ValueError, AttributeError):
        payload = request.header(PAYLOAD_HEADER)
    return f"{request.method} {request.path} {request.header(KEY_HEADER)} {payload}"


def sent_by(layer: str, seed: int) -> list[str]:
    """Return everything that a layer sends, by itself or through the client, in order."""
    sent: list[str] = []
    exchange = Recorder.exchange

    def recording(recorder, request):  # type: ignore[no-untyped-def]  # a replacement of the test
        response = exchange(recorder, request)
        sent.append(described(recorder.requests[-1], layer))
        return response

    def intercept(request, handle, exchange):  # type: ignore[no-untyped-def]  # a replacement of the test
        sent.append(described(request, layer))
        return handle(request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorder, "exchange", recording)
        run_of(layer, target=intercepted(intercept), seed=seed)
    return sent


def digests(seed: int) -> dict[str, tuple[int, str]]:
    """Return for each layer the number of its requests and their digest."""
    sent = {layer: sent_by(layer, seed) for layer in IN_PROCESS}
    return {
        layer: (len(requests), hashlib.sha256("\n".join(requests).encode()).hexdigest())
        for layer, requests in sent.items()
    }


def test_same_seed_sends_the_same_requests() -> None:
    """In each layer, also if sets and dictionaries of the two processes have another order."""
    script = "from tests.contract.test_determinism import digests; print(digests(7))"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("1", "2")
    ]
    first, second = (run.communicate(timeout=600)[0] for run in runs)

    assert first.startswith("{'examples': (")
    assert first == second


def test_another_seed_sends_other_requests() -> None:
    """The seed determines the random requests."""
    assert sent_by("state_machine", 1) != sent_by("state_machine", 2)

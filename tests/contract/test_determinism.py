"""Two runs with the same seed send the same requests, nonces and the time of a question aside; in two processes."""

from __future__ import annotations

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
from tests.contract.running import behind, run_of

ROOT = Path(__file__).resolve().parents[2]

IN_PROCESS = [layer.name for layer in LAYERS if layer.name != "over_http"]
# What the client asks after a lost answer tells when it was lost.
TIMES = {"client_outcomes": {"submission_start", "submission_end"}}


def told(request: WireRequest, layer: str) -> str:
    """What a request says: method, path, key, and the payload without nonce and time."""
    try:
        body = json.loads(decode_base64(request.header(PAYLOAD_HEADER) or ""))
        payload: object = {key: value for key, value in body.items() if key not in {"nonce", *TIMES.get(layer, ())}}
    except (ValueError, AttributeError):
        payload = request.header(PAYLOAD_HEADER)
    return f"{request.method} {request.path} {request.header(KEY_HEADER)} {payload}"


def sent_by(layer: str, seed: int) -> list[str]:
    """Everything that a layer sends, itself or through the client, in order."""
    sent: list[str] = []
    take = Recorder.take

    def noting(caught, request):  # type: ignore[no-untyped-def]
        answer = take(caught, request)
        sent.append(told(caught.requests[-1], layer))
        return answer

    def way(request, handle, exchange):  # type: ignore[no-untyped-def]
        sent.append(told(request, layer))
        return handle(request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorder, "take", noting)
        run_of(layer, target=behind(way), seed=seed)
    return sent


def digests(seed: int) -> dict[str, tuple[int, str]]:
    """For each layer how many requests it sends, and their digest."""
    everything = {layer: sent_by(layer, seed) for layer in IN_PROCESS}
    return {
        layer: (len(sent), hashlib.sha256("\n".join(sent).encode()).hexdigest()) for layer, sent in everything.items()
    }


def test_same_seed_sends_the_same_requests() -> None:
    """In every layer, whatever order the processes' sets and dictionaries are in."""
    script = "from tests.contract.test_determinism import digests; print(digests(7))"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": order},
            stdout=subprocess.PIPE,
            text=True,
        )
        for order in ("1", "2")
    ]
    first, second = (run.communicate(timeout=120)[0] for run in runs)

    assert first.startswith("{'examples': (")
    assert first == second


def test_another_seed_sends_other_requests() -> None:
    """The seed is what decides."""
    assert sent_by("state_machine", 1) != sent_by("state_machine", 2)

"""What the tests of the reports share: servers that give something to tell of, and every way to tell it."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from gemini_clearing_contract.report.html import write_html
from gemini_clearing_contract.report.junit import write_junit
from gemini_clearing_contract.report.summary import Summary, write_json
from gemini_clearing_contract.report.terminal import print_summary
from gemini_clearing_contract.targets.target import TargetError
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.running import Handle

__all__ = ["HOSTILE", "REPORTS", "absent", "breaking", "without_clearing_id", "write_text"]

HOSTILE = "</code><script>alert(1)</script><img src=x onerror=alert(1)>"


def without_clearing_id(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """A server that forgets a required field, tells a secret in its sentences, and would like to run in the page."""
    answer = handle(request)
    body = json.loads(answer.body)
    body.pop("clearing_id", None)
    if "message" in body:
        body["message"] = f"demo-secret-of-initiator account-demo-initiator {HOSTILE} {body['message']}"
    return WireResponse(answer.status, answer.headers, json.dumps(body).encode())


def breaking(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """A server that hangs as soon as an order is confirmed."""
    if request.path.endswith("/confirm"):
        raise TargetError("It hangs.")
    return handle(request)


def absent(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """A server that is not there."""
    raise TargetError("Nothing listens there.")


def write_text(summary: Summary, width: int = 100) -> str:
    """The summary as a terminal shows it."""
    file = io.StringIO()
    print_summary(Console(file=file, width=width, highlight=False, soft_wrap=True), summary, ".build/contract")
    return file.getvalue()


REPORTS = [write_json, write_junit, write_html, write_text]

"""Servers that cause findings, and every report of a run."""

import io
import json
from typing import Any

from rich.console import Console

from gemini_clearing_contract.errors import TargetError
from gemini_clearing_contract.report.html import write_html
from gemini_clearing_contract.report.junit import write_junit
from gemini_clearing_contract.report.summary import Summary, write_json
from gemini_clearing_contract.report.terminal import print_summary
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.running import Handle

__all__ = ["HOSTILE", "REPORTS", "absent", "hanging", "without_clearing_id", "write_text"]

HOSTILE = "</code><script>alert(1)</script><img src=x onerror=alert(1)>"


def without_clearing_id(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Omit a required field, and put a secret and a script into error messages."""
    response = handle(request)
    body = json.loads(response.body)
    body.pop("clearing_id", None)
    if "message" in body:
        body["message"] = f"demo-secret-of-initiator account-demo-initiator {HOSTILE} {body['message']}"
    return WireResponse(response.status, response.headers, json.dumps(body).encode())


def hanging(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Stop responding when an order is confirmed."""
    if request.path.endswith("/confirm"):
        raise TargetError("It hangs.")
    return handle(request)


def absent(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Respond like an address without a server."""
    raise TargetError("no connection")


def write_text(summary: Summary, width: int = 100) -> str:
    """Return the terminal output of a summary."""
    file = io.StringIO()
    print_summary(Console(file=file, width=width, highlight=False, soft_wrap=True), summary, ".build/contract")
    return file.getvalue()


REPORTS = [write_json, write_junit, write_html, write_text]

"""
Responses to methods that no operation has, by RFC 9110.

The spec has only POST. The exchange was observed to respond with 405, and the RFC defines its headers.
"""

import re
from collections.abc import Iterator

from ..findings.checks import INVALID_JSON
from ..findings.finding import Problem
from ..findings.text import shorten
from ..spec import ExpectedError
from ..wire import NO_BODY, WireResponse, read_body
from .expected_outcome import ExpectedOutcome

__all__ = ["allow_problems", "describes_methods", "method_problems"]

NOT_ALLOWED = ExpectedError(405, None)


def describes_methods(expected: ExpectedOutcome, response: WireResponse) -> bool:
    """Return whether a server describes itself, for a browser or a proxy, where it may also respond with 405."""
    return expected.method == "OPTIONS" and NOT_ALLOWED in expected.errors and response.status in {200, 204}


def method_problems(expected: ExpectedOutcome, response: WireResponse) -> Iterator[Problem]:
    """Yield what is wrong with a response with status 405; its body is not documented."""
    if response.status != 405 or NOT_ALLOWED not in expected.errors:
        return
    yield from allow_problems(expected, response)
    is_json = response.headers.get("content-type", "").lower().startswith("application/json")
    if is_json and expected.method != "HEAD" and read_body(response) is NO_BODY:
        yield Problem(INVALID_JSON, "body of 405", "a JSON document", shorten(response.body.decode("latin-1")))


def allow_problems(expected: ExpectedOutcome, response: WireResponse) -> Iterator[Problem]:
    """Yield what is wrong with the methods that a response lists (RFC 9110, sections 9.3.7, 10.2.1 and 15.5.6)."""
    allow = response.headers.get("allow")
    cors = response.headers.get("access-control-allow-methods") if expected.method == "OPTIONS" else None
    listed = allow if allow is not None else cors
    methods = set(re.findall(r"[^\s,]+", listed or ""))
    is_named = "POST" in methods or cors == "*"
    rejected = {expected.method} & methods if response.status == 405 else set()
    if not is_named or rejected:
        yield Problem("allowed methods", "header allow", "POST, and not the rejected method", listed or "missing")

"""
The record of one request in the request log.

`api/_request_log.py` fills it in.
"""

import msgspec

__all__ = ["LogEntry"]


class LogEntry(msgspec.Struct, gc=False, frozen=True, omit_defaults=True):
    """
    One logged request.

    Attributes:
        number: counts all requests, from 1.
        at_ms: the exchange time of the request.
        who: the API key, or `oauth:` and the name of the token.
        payload: the signed JSON, if it could be decoded.
        check: the check that rejected the request.
        expected: what a valid request would have had there.
        fault: the kind of the injected fault.

    An entry has no secret. Payloads are logged because they are sent in plain text.

    """

    number: int
    at_ms: int
    method: str
    path: str
    status: int
    who: str | None = None
    payload: str | None = None
    check: str | None = None
    reason: str | None = None
    message: str | None = None
    expected: str | None = None
    fault: str | None = None

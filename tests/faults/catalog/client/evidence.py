"""Faults in the proof that the client requires of an outcome."""

from tests.faults.catalog.layers import CLIENT_BYTES, CLIENT_DECODING
from tests.faults.catalog.source_text import Row, client_faults

__all__ = ["EVIDENCE_FAULTS"]

# What the generated client declares.
DECLARATIONS: tuple[Row, ...] = (
    (
        "lists a value that means failure as success",
        CLIENT_DECODING,
        '"result": ("confirmed",)',
        '"result": ("confirmed", "rejected")',
    ),
    (
        "accepts the error mark of a cancellation everywhere",
        CLIENT_DECODING,
        'rejected=("error",)',
        'rejected=("error", "failed")',
    ),
)
# How the runtime applies it.
ROWS: tuple[Row, ...] = (
    (
        "accepts any 4xx as a rejection",
        CLIENT_DECODING,
        "    if error is None or raw.status in _UNTRUSTED_4XX:\n",
        (
            "    if error is None and raw.status < 500:\n"
            '        error = RejectedError(operation=operation.name, reason=None, message="", raw=raw)\n'
            "    if error is None:\n"
        ),
    ),
    (
        "accepts a value that does not mean success",
        CLIENT_DECODING,
        "        if value not in operation.success[field]:\n",
        "        if False:\n",
    ),
    (
        "accepts a success without a value that means success",
        CLIENT_DECODING,
        "    if not found:\n        return UntrustedResponse(",
        "    if False:\n        return UntrustedResponse(",
    ),
    (
        "accepts a response to another order",
        CLIENT_DECODING,
        "        if argument in sent and received is not None and not is_same(",
        "        if False and not is_same(",
    ),
    (
        "accepts a text about another order",
        CLIENT_DECODING,
        "        if not _is_named(sent.get(argument), getattr(result, field)):\n",
        "        if False:\n",
    ),
    (
        "accepts an error about another order",
        CLIENT_DECODING,
        "return _wrong_echo_in_text(operation, sent, error.body) or rejection",
        "return rejection",
    ),
    (
        "accepts the error mark of another operation",
        CLIENT_DECODING,
        "    if mark is not None and mark not in operation.rejected:\n        return None\n",
        "",
    ),
    (
        "reads error responses in UTF-8 only",
        CLIENT_DECODING,
        "for content in (raw.json, raw.transcoded):",
        "for content in (raw.json,):",
    ),
    (
        "reads no error response with a byte order mark",
        CLIENT_DECODING,
        "for content in (raw.json, raw.transcoded):",
        "for content in (raw.content,):",
    ),
    (
        "sends a write again without a query",
        CLIENT_BYTES,
        "    if isinstance(end, RejectedError) and _is_inconclusive(end, attempt):\n",
        "    if False:\n",
    ),
    (
        "counts a reason that proves nothing as a rejection",
        CLIENT_DECODING,
        "return error.reason in operation.errors.inconclusive or isinstance(error, RateLimitError)",
        "return False",
    ),
)
EVIDENCE_FAULTS = (*client_faults("gemini_clearing", DECLARATIONS), *client_faults("gemini_clearing_runtime", ROWS))

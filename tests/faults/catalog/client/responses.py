"""Faults in how the runtime classifies and decodes responses, and when it retries."""

from tests.faults.catalog.layers import CLIENT_BYTES, CLIENT_DECODING
from tests.faults.catalog.source_text import Row, client_faults

__all__ = ["RESPONSE_FAULTS"]

ROWS: tuple[Row, ...] = (
    (
        "treats an error response with status 200 as success",
        CLIENT_DECODING,
        "decode(operation.response, raw.json, operation.errors)",
        "decode(operation.response, raw.json)",
    ),
    (
        "omits the reason from a rejection",
        CLIENT_DECODING,
        "error_class(operation=operation.name, reason=reason, message=message, raw=raw)",
        "error_class(operation=operation.name, reason=None, message=message, raw=raw)",
    ),
    (
        "treats a server error as a rejection",
        CLIENT_DECODING,
        "return error if raw.status < 500 or isinstance(error, MaintenanceError) else",
        "return error if True else",
    ),
    (
        "rejects an unknown value of an open enum",
        CLIENT_DECODING,
        "        if not isinstance(value, str):\n            return None\n",
        "        return None\n",
    ),
    (
        "does not validate responses",
        CLIENT_DECODING,
        "            try:\n                fields = decoder.decode(content)",
        "            return self._make(content)\n            try:\n                fields = content",
    ),
    (
        "converts money in responses through a float",
        CLIENT_DECODING,
        "return self._make(content)",
        "return self._make(msgspec.json.encode(msgspec.json.decode(content)))",
    ),
    (
        "reads timestamps in seconds as milliseconds",
        CLIENT_DECODING,
        "    if number < FIRST_MILLISECONDS:\n        number *= 1000",
        "",
    ),
    (
        "does not keep the wire value of a timestamp",
        CLIENT_DECODING,
        "[name] = value if isinstance(value, str) else int(value)",
        "[name] = int(value)",
    ),
    (
        "omits the place from a contract violation",
        CLIENT_DECODING,
        'cast("ContractViolatedError", violated).place = place',
        "violated = attempt.unknown(ContractViolatedError, 'the response is wrong', raw)",
    ),
    (
        "does not retry after a rejected nonce",
        CLIENT_BYTES,
        "    if isinstance(error, InvalidNonceError | RateLimitError):\n        return True",
        "    if False:\n        return True",
    ),
    (
        "repeats writes whose response was lost",
        CLIENT_BYTES,
        "    if not operation.safe_to_repeat:\n        return False\n",
        "",
    ),
    (
        "reports an unknown outcome as a failed connection",
        CLIENT_BYTES,
        "            return attempt.unknown(OutcomeUnknownError, problem, raw)",
        '            return ConnectionFailedError(f"{problem}")',
    ),
)
RESPONSE_FAULTS = client_faults("gemini_clearing_runtime", ROWS)

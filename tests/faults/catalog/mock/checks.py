"""Faults in the mock's own checks of role and nonce, and in the order of its checks."""

from tests.faults.catalog.layers import BAD_SIGNATURES, ERROR_PRECEDENCE, REJECTED_REQUESTS
from tests.faults.catalog.source_text import Row, mock_faults

__all__ = ["CHECK_FAULTS"]


def comparing(part: str) -> tuple[str, str]:
    """Return an edit after which only a part of the signature is compared."""
    compared = "hmac.compare_digest(sent.encode(), valid.encode())"
    return compared, f"len(sent) == len(valid) and {compared.replace('()', '()' + part)}"


ROWS: tuple[Row, ...] = (
    (
        "does not check the role",
        ERROR_PRECEDENCE,
        "elif route.roles and set(route.roles).isdisjoint(principal.roles):",
        "elif False:",
    ),
    (
        "accepts a time-based nonce within a minute instead of 30 seconds",
        BAD_SIGNATURES,
        "window_ms = window_s * 1000",
        "window_ms = window_s * 2000",
    ),
    (
        "accepts a time-based nonce only within ten seconds",
        BAD_SIGNATURES,
        "window_ms = window_s * 1000",
        "window_ms = 10_000",
    ),
    (
        "does not compare time-based nonces with the time",
        BAD_SIGNATURES,
        "if not Decimal(earliest) / 1000 <= nonce <= Decimal(latest) / 1000:",
        "if False:",
    ),
    (
        "accepts a time-based nonce from the past only within 30 seconds, and any from the future",
        BAD_SIGNATURES,
        "if not Decimal(earliest) / 1000 <= nonce <= Decimal(latest) / 1000:",
        "if not Decimal(earliest) / 1000 <= nonce:",
    ),
    (
        "requires time-based nonces to increase",
        BAD_SIGNATURES,
        "        check_nonce_time(",
        "        check_nonce_increases(nonce, context.state.nonces.get(key.api_key))\n        context.state.nonces[key.api_key] = str(nonce)\n        check_nonce_time(",
    ),
    ("does not compare the first digits of the signature", BAD_SIGNATURES, *comparing("[8:]")),
    ("does not compare the last digits of the signature", BAD_SIGNATURES, *comparing("[:-8]")),
    ("compares only every second digit of the signature", BAD_SIGNATURES, *comparing("[1::2]")),
    ("compares only the first half of the signature", BAD_SIGNATURES, *comparing("[:48]")),
    ("compares only the second half of the signature", BAD_SIGNATURES, *comparing("[48:]")),
    ("compares nonces as strings", BAD_SIGNATURES, "nonce <= Decimal(last)", "str(nonce) <= str(last)"),
    ("compares nonces as doubles", BAD_SIGNATURES, "nonce <= Decimal(last)", "float(nonce) <= float(last)"),
    ("accepts the same nonce twice", BAD_SIGNATURES, "nonce <= Decimal(last)", "nonce < Decimal(last)"),
    ("does not store nonces", BAD_SIGNATURES, "        context.state.nonces[key.api_key] = str(nonce)\n", ""),
    (
        "stores the nonce before it checks the schema",
        REJECTED_REQUESTS,
        '    ("schema", check_schema),\n    ("nonce", check_nonce),\n',
        '    ("nonce", check_nonce),\n    ("schema", check_schema),\n',
    ),
    (
        "checks the role before the account",
        ERROR_PRECEDENCE,
        '    ("account", check_account),\n    ("role", check_role),\n',
        '    ("role", check_role),\n    ("account", check_account),\n',
    ),
    (
        "checks the payload before the key",
        ERROR_PRECEDENCE,
        '    ("key", check_key),\n    ("payload", check_payload),\n',
        '    ("payload", check_payload),\n    ("key", check_key),\n',
    ),
    (
        "checks the schema before the endpoint",
        ERROR_PRECEDENCE,
        '    ("endpoint", check_endpoint),\n    ("schema", check_schema),\n',
        '    ("schema", check_schema),\n    ("endpoint", check_endpoint),\n',
    ),
)
CHECK_FAULTS = mock_faults(ROWS)

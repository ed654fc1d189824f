"""
Texts of the exchange in log lines, events and drift: only those that look like a name.

A longer or other text may repeat the request, and with it a payload, a signature or a key.
"""

import re

__all__ = ["is_name", "shown"]

# The codes and statuses of the exchange have at most 31 characters. A key has a hyphen, and base64 ends with `=`.
_NAME = re.compile(r"[A-Za-z0-9_ ]{0,40}")


def is_name(text: str) -> bool:
    """Return whether a text looks like a name."""
    return _NAME.fullmatch(text) is not None


def shown(text: str) -> str:
    """Return a name in quotation marks, and the length of any other text."""
    return repr(text) if is_name(text) else f"a text of {len(text)} characters"

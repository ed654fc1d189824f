"""Docstrings of the generated code: wrapped, indented, and safe for any text in the spec."""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from openapi_python_client.strings import safe_for_docstring

__all__ = ["CALL_OPTIONS", "docstring", "method_paragraphs", "wait_paragraphs", "walk_paragraphs"]

# The parameters of every method, in addition to the fields of its request.
CALL_OPTIONS = {
    "timeout": "Seconds that this call may take in total, instead of the client's `timeout`.",
    "extra_headers": "Headers to send in addition, such as a trace id. They are not signed.",
}

_WAIT_OPTIONS = {
    "until": "What to wait for: a status, a collection of statuses, or a function that gets the order and returns "
    "whether it is as wanted.",
    "timeout": "Seconds after which the wait ends in any case.",
    "poll": "Seconds between two reads, or a `PollSchedule`. The default starts with 1, and grows to 10.",
    "extra_headers": CALL_OPTIONS["extra_headers"],
}
_WALK_OPTIONS = {
    "start": "The first time, inclusive; a `datetime`, or milliseconds. The default is the oldest row.",
    "end": "The last time, inclusive. The default includes rows that arrive while the walk runs.",
    "newest_first": "Return the newest rows first.",
    "page_size": "Rows to request at a time, instead of the limit that the spec states.",
    "on_bad_row": "Called with each `InvalidRow`, which is skipped. Without it, the walk raises `InvalidRowsError`.",
    "on_progress": "Called with a `WalkProgress` after each response.",
    "timeout": "Seconds that one request may take, instead of the client's `timeout`.",
    "extra_headers": CALL_OPTIONS["extra_headers"],
}
_WALK_ERRORS = (
    "InvalidRowsError: rows violate the spec. The error has their bytes, and the valid rows of the response.",
    "IncompleteWalkError: the exchange does not return all rows.",
    "ArgumentError: an argument is invalid. Nothing was sent.",
    "ClearingError: a request failed.",
)
_WAIT_ERRORS = (
    "OrderEndedError: the order has another final status. The error has the `order`.",
    "WaitTimeoutError: time ran out. The error has the last `order` that was read.",
    "ArgumentError: a status or another argument is unknown or invalid. Nothing was sent.",
    "NotSentError: the client can send no read.",
    "RejectedError: the exchange rejects every read.",
)

_WIDTH = 110


def docstring(paragraphs: str | list[str], indent: int = 4) -> str:
    """
    Return a docstring of paragraphs, without the indentation of its first line.

    A paragraph that starts with a word, a colon and a line break is a section (`Args:`). Its lines are entries.
    """
    blocks = [paragraphs] if isinstance(paragraphs, str) else [block for block in paragraphs if block.strip()]
    margin = " " * indent
    if (
        len(blocks) == 1
        and "\n" not in (text := safe_for_docstring(blocks[0].strip()))
        and len(text) + indent < _WIDTH - 6
        and not text.endswith('"')
    ):
        return f'"""{text}"""'
    lines = "\n\n".join(_block(safe_for_docstring(block.strip()), indent) for block in blocks)
    return f'"""\n{textwrap.indent(lines, margin)}\n{margin}"""'


def method_paragraphs(operation: Mapping[str, Any], arguments: Iterable[tuple[str, str]]) -> list[str]:
    """Return the paragraphs of a method's docstring: what it does, the role it requires, arguments, rejections."""
    described = [f"{name}: {text}" for name, text in (*arguments, *CALL_OPTIONS.items()) if text]
    rejections = [
        f"RejectedError: `{refusal.get('reason', refusal.get('result'))}` if {refusal['when']}."
        for refusal in operation["x-refusals"]
    ]
    return [
        operation["summary"],
        operation.get("description", "").strip(),
        f"Requires the role {' or '.join(operation['x-roles'])}.",
        "\n".join(["Args:", *described]),
        "\n".join(["Raises:", *rejections]) if rejections else "",
    ]


def wait_paragraphs(read: str, roles: Iterable[str], arguments: Iterable[tuple[str, str]]) -> list[str]:
    """Return the paragraphs of the docstring of a method that waits; `read` is the method that it repeats."""
    described = [f"{name}: {text}" for name, text in (*arguments, *_WAIT_OPTIONS.items()) if text]
    return [
        "Wait until an order has a status, and return the order.",
        (
            f"Repeats `{read}`. A failed read does not end the wait, unless every later one would fail too. "
            "An interruption ends it, and leaves nothing behind."
        ),
        f"Requires the role {' or '.join(roles)}.",
        "\n".join(["Args:", *described]),
        "\n".join(["Raises:", *_WAIT_ERRORS]),
    ]


def walk_paragraphs(read: str, roles: Iterable[str], arguments: Iterable[tuple[str, str]]) -> list[str]:
    """Return the paragraphs of the docstring of a method that walks a list; `read` is the method that it repeats."""
    described = [f"{name}: {text}" for name, text in (*arguments, *_WALK_OPTIONS.items()) if text]
    return [
        "Iterate over all rows of a list between two times, without gaps and duplicates.",
        f"Repeats `{read}`. After a failed request, the next step of the iterator repeats it.",
        f"Requires the role {' or '.join(roles)}.",
        "\n".join(["Args:", *described]),
        "\n".join(["Raises:", *_WALK_ERRORS]),
    ]


def _block(text: str, indent: int) -> str:
    head, _, rest = text.partition("\n")
    if head.endswith(":") and " " not in head:
        entries = (_wrapped(line, indent + 4, hang=4) for line in rest.splitlines())
        return "\n".join([head, textwrap.indent("\n".join(entries), "    ")])
    return "\n".join(_wrapped(line, indent) for line in text.splitlines())


def _wrapped(line: str, indent: int, hang: int = 0) -> str:
    return textwrap.fill(line, _WIDTH - indent, subsequent_indent=" " * hang, break_long_words=False) if line else ""

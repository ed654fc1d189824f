"""Docstrings of the generated code: wrapped, indented, and safe for any text in the spec."""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from openapi_python_client.strings import safe_for_docstring

__all__ = ["CALL_OPTIONS", "docstring", "method_paragraphs"]

# The parameters of every method, beside the fields of its request.
CALL_OPTIONS = {
    "timeout": "Seconds that this call may take in total, instead of the client's `timeout`.",
    "extra_headers": "Headers to send in addition, such as a trace id. They are not signed.",
}

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


def _block(text: str, indent: int) -> str:
    head, _, rest = text.partition("\n")
    if head.endswith(":") and " " not in head:
        entries = (_wrapped(line, indent + 4, hang=4) for line in rest.splitlines())
        return "\n".join([head, textwrap.indent("\n".join(entries), "    ")])
    return "\n".join(_wrapped(line, indent) for line in text.splitlines())


def _wrapped(line: str, indent: int, hang: int = 0) -> str:
    return textwrap.fill(line, _WIDTH - indent, subsequent_indent=" " * hang, break_long_words=False) if line else ""

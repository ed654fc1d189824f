"""`llms.txt`: the pages as a list of links with their first sentence, and `llms-full.txt` with their text."""

import re
from pathlib import Path

from ._site_map import Section

__all__ = ["write_llms"]

_FENCE = re.compile(r"^```.*?^```$", flags=re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")


def write_llms(source: Path, html: Path, sections: list[Section]) -> None:
    """Write both files, and the Markdown of each page next to its HTML (https://llmstxt.org)."""
    start = _text_of(source, "index")
    lines = [f"# {_title(start)}", "", f"> {_summary(start)}"]
    full = [start]
    for section in sections:
        lines += ["", f"## {section.caption}", ""]
        for page in section.pages:
            text = _text_of(source, page)
            full.append(text)
            summary = _summary(text)
            lines.append(f"- [{_title(text)}]({page}.md)" + (f": {summary}" if summary else ""))
            target = html / f"{page}.md"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    (html / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (html / "llms-full.txt").write_text("\n\n".join(full), encoding="utf-8")


def _text_of(source: Path, page: str) -> str:
    text = (source / f"{page}.md").read_text(encoding="utf-8")
    return re.sub(r"\n```\{toctree\}\n.*?^```\n", "", text, flags=re.DOTALL | re.MULTILINE)


def _title(text: str) -> str:
    found = re.search(r"^# (.+)$", text, flags=re.MULTILINE)
    return found[1].replace("`", "") if found else ""


def _summary(text: str) -> str:
    """Return the first sentence below the title, without mark-up of links."""
    lines = _FENCE.sub("", text).partition("\n# ")[2] or _FENCE.sub("", text)
    prose = [line for line in lines.splitlines()[1:] if line and line[0] not in "#|-<`"]
    return _LINK.sub(r"\1", prose[0]) if prose else ""

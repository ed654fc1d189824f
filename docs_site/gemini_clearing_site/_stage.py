"""
The source folder of the site: the committed pages at their paths, and the generated ones.

Pages are written for a reader on a code host; here a link to a file outside of the site becomes plain text, README.md
becomes the start page, the diagram of the life-cycle becomes an image, and a
comment that names a capture becomes its figure.
"""

import posixpath
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML

from ._http_reference import http_pages
from ._lifecycle import lifecycle_svg
from ._python_reference import python_pages
from ._site_map import Section, site_map
from .captures import with_figures

__all__ = ["stage"]

_FENCE = re.compile(r"^(```.*?^```)$", flags=re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[((?:[^\]\[`]|`[^`]*`)+)\]\(([^)\s]+)\)")
_MERMAID = re.compile(r"^```mermaid\n.*?^```$", flags=re.DOTALL | re.MULTILINE)
# The sidebar has the same list.
_FURTHER_READING = re.compile(r"^## Further reading\n.*?(?=^This project is not)", flags=re.DOTALL | re.MULTILINE)


def stage(root: Path, source: Path) -> list[Section]:
    """Write the source folder, and return the sections of the sidebar."""
    shutil.rmtree(source, ignore_errors=True)
    sections = site_map(root)
    spec = YAML(typ="safe").load(root / "openapi" / "clearing.yaml")
    pages = _committed(root, sections) | http_pages(spec) | python_pages()
    pages["docs/order-lifecycle"] = _with_diagram(pages["docs/order-lifecycle"], spec)
    names = {f"{name}.md" for name in pages}
    pages["docs/command-line"] = with_figures(pages["docs/command-line"], "../captures")
    pages["index"] += _contents(sections)
    for name, text in pages.items():
        path = source / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_relinked(text, f"{name}.md", names), encoding="utf-8")
    return sections


def _committed(root: Path, sections: list[Section]) -> dict[str, str]:
    """Return the committed pages by name; README.md is the start page."""
    names = [page for section in sections for page in section.pages if (root / f"{page}.md").is_file()]
    pages = {name: (root / f"{name}.md").read_text(encoding="utf-8") for name in names}
    pages["index"] = _FURTHER_READING.sub("", (root / "README.md").read_text(encoding="utf-8"))
    return pages


def _with_diagram(text: str, spec: Mapping[str, object]) -> str:
    return _MERMAID.sub(lambda _: "```{raw} html\n" + lifecycle_svg(spec) + "\n```", text)


def _contents(sections: list[Section]) -> str:
    """Return the contents of the sidebar, which the start page holds."""
    return "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {section.caption}\n\n" + "\n".join(section.pages) + "\n```\n"
        for section in sections
    )


def _relinked(text: str, name: str, names: set[str]) -> str:
    """Return a page whose links lead to pages of the site only; code blocks are not changed."""
    # Pygments has no lexer for CSV.
    text = text.replace("\n```csv\n", "\n```text\n")
    parts = _FENCE.split(text)
    return "".join(part if part.startswith("```") else _LINK.sub(_Replacement(name, names), part) for part in parts)


class _Replacement:
    """Replaces one link of a page."""

    def __init__(self, name: str, names: set[str]) -> None:
        self._folder, self._names = posixpath.dirname(name), names

    def __call__(self, link: "re.Match[str]") -> str:
        text, target = link[1], link[2]
        if "://" in target or target.startswith("#"):
            return link[0]
        path, _, fragment = target.partition("#")
        place = posixpath.normpath(posixpath.join(self._folder, path))
        place = "index.md" if place == "README.md" else place
        if place not in self._names:
            return text
        relative = posixpath.relpath(place, self._folder or ".")
        return f"[{text}]({relative}{'#' + fragment if fragment else ''})"

"""
Corrections of the HTML that Sphinx and Furo write, for screen readers; axe reports each of them.

Sphinx 9.0 and Furo 2025.12 were read: captions of the sidebar are headings without a level, the two sidebars have no
names, the search page has no heading, and the parameters of a long signature are a list of definitions without terms.
"""

import re
from pathlib import Path

__all__ = ["correct"]

_CORRECTIONS = (
    (re.compile(r'<p class="caption" role="heading">'), '<p class="caption" role="heading" aria-level="2">'),
    (re.compile(r'<aside class="sidebar-drawer"'), '<aside class="sidebar-drawer" aria-label="Pages"'),
    (re.compile(r'<aside class="toc-drawer'), '<aside aria-label="Contents of this page" class="toc-drawer'),
    (re.compile(r'<div id="search-results">'), '<h1>Search</h1>\n<div id="search-results">'),
)
_PARAMETERS = re.compile(r"<dl>\n(<dd><em class=\"sig-param\".*?)</dl>", flags=re.DOTALL)


def correct(html: Path) -> None:
    """Correct the pages in a folder."""
    for path in html.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for pattern, replacement in _CORRECTIONS:
            text = pattern.sub(replacement, text)
        path.write_text(_PARAMETERS.sub(_as_divisions, text), encoding="utf-8")


def _as_divisions(parameters: "re.Match[str]") -> str:
    inner = parameters[1].replace("<dd>", "<div>").replace("</dd>", "</div>")
    return f'<div class="sig-parameters">{inner}</div>'

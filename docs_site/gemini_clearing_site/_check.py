"""The check of the built pages: links and fragments lead somewhere, and nothing is loaded from another host."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs

__all__ = ["check_pages"]

_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
# Links of a page's head that a browser does not load.
_NOT_LOADED = {"index", "search", "next", "prev", "author", "copyright"}


@attrs.define
class _Page(HTMLParser):
    """The ids, links and resources of a page."""

    ids: set[str] = attrs.field(factory=set)
    links: list[str] = attrs.field(factory=list)
    resources: list[str] = attrs.field(factory=list)

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect what an element refers to."""
        values = {name: value or "" for name, value in attributes}
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in _LOADED and _LOADED[tag] in values and values.get("rel", "") not in _NOT_LOADED:
            self.resources.append(values[_LOADED[tag]])


def check_pages(html: Path) -> list[str]:
    """Return one line for each problem of the site in a folder."""
    pages = {path: _read(path) for path in sorted(html.rglob("*.html"))}
    return [
        f"{path.relative_to(html)}: {problem}"
        for path, page in pages.items()
        for problem in (*_broken_links(html, path, page, pages), *_foreign_resources(path, page))
    ] + list(_foreign_styles(html))


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _broken_links(html: Path, path: Path, page: _Page, pages: dict[Path, _Page]) -> Iterator[str]:
    for link in page.links:
        target = urlsplit(link)
        if target.scheme or target.netloc:
            continue
        file = (path.parent / unquote(target.path)).resolve() if target.path else path
        if not file.is_file() or html not in file.parents:
            yield f"link to a missing page: {link}. Correct the page"
        elif target.fragment and file in pages and unquote(target.fragment) not in pages[file].ids:
            yield f"link to a missing heading: {link}. Correct the page"


def _foreign_resources(path: Path, page: _Page) -> Iterator[str]:
    for resource in page.resources:
        target = urlsplit(resource)
        if target.netloc or target.scheme not in ("", "data"):
            yield f"loads {resource}. Serve the file with the site"
        elif not target.scheme and not (path.parent / unquote(target.path)).is_file():
            yield f"loads a missing file: {resource}. Add it"


def _foreign_styles(html: Path) -> Iterator[str]:
    for path in sorted(html.rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        if "@import" in text or "url(http" in text or "url(//" in text:
            yield f"{path.relative_to(html)}: loads a file of another host. Serve it with the site"

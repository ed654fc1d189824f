"""The pages of the site in the order of its sidebar."""

from collections.abc import Iterator
from pathlib import Path

import attrs

__all__ = ["SITE_MAP", "Section", "site_map"]


@attrs.frozen
class Section:
    """A part of the sidebar."""

    caption: str
    pages: tuple[str, ...]


# Paths without `.md`, relative to the checkout; those in `http/` and `python/` are generated.
SITE_MAP = (
    Section(
        "Guides",
        (
            "docs/place-and-confirm",
            "docs/brokers",
            "docs/client",
            "docs/when-a-call-fails",
            "docs/reasons",
            "docs/journal",
            "docs/shared-keys",
            "docs/signing",
            "docs/httpx2",
            "docs/command-line",
            "docs/verify",
            "docs/coming-from-ccxt",
            "docs/coming-from-typescript",
        ),
    ),
    Section("Testing", ("docs/mock", "docs/choices", "docs/contract", "docs/contract-in-ci")),
    Section(
        "Reference",
        (
            "http/index",
            "python/client",
            "python/async-client",
            "python/results",
            "python/errors",
            "python/credentials",
            "python/journal",
            "python/mock",
            "docs/order-lifecycle",
            "openapi/README",
            "CHANGELOG",
        ),
    ),
    Section(
        "Contributing",
        (
            "CONTRIBUTING",
            "docs/changing-the-spec",
            "docs/worked-examples",
            "docs/releasing",
            "ARCHITECTURE",
            "tests/README",
            "docs/defects4rest",
            "docs/defects4rest-mapping",
            "docs/mutation",
            "docs/rate-limit",
            "SECURITY",
            "CODE_OF_CONDUCT",
        ),
    ),
)
_GENERATED = ("http/", "python/")


def site_map(root: Path) -> list[Section]:
    """Return the sections with the pages that exist; a page of docs/ that no section lists is the last guide."""
    listed = {page for section in SITE_MAP for page in section.pages}
    more = tuple(name for name in _pages_of_docs(root) if name not in listed)
    sections = []
    for section in SITE_MAP:
        pages = section.pages + (more if section.caption == "Guides" else ())
        sections.append(Section(section.caption, tuple(page for page in pages if _exists(root, page))))
    return sections


def _pages_of_docs(root: Path) -> Iterator[str]:
    yield from sorted(f"docs/{path.stem}" for path in (root / "docs").glob("*.md"))


def _exists(root: Path, page: str) -> bool:
    return page.startswith(_GENERATED) or (root / f"{page}.md").is_file()

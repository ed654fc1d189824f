"""Every link in a document has an existing target, and every column of a table a heading."""

import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.reading import DOCUMENTS, ROOT, anchors, links

HOSTS = {
    "developer.gemini.com",
    "docs.gemini.com",
    "keepachangelog.com",
    "semver.org",
    "specmatic.io",
    "www.python-httpx.org",
}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_have_existing_targets(document: Path) -> None:
    """A relative link names an existing file, and its fragment names a heading of that file."""
    broken = []
    for link in links(document):
        target = urlsplit(link)
        if target.scheme:
            continue
        file = (document.parent / target.path).resolve() if target.path else document
        if not file.exists() or (target.fragment and target.fragment not in anchors(file)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_absolute_links_use_https_and_known_hosts(document: Path) -> None:
    """An absolute link uses https and a host from the list; its page is not fetched, because tests have no network."""
    outside = [urlsplit(link) for link in links(document) if urlsplit(link).scheme]

    assert [link.geturl() for link in outside if link.scheme != "https" or link.hostname not in HOSTS] == []


def test_readme_links_to_every_document_of_the_root_and_of_docs() -> None:
    """Readers find every document from README.md."""
    linked = {(ROOT / urlsplit(link).path).resolve() for link in links(ROOT / "README.md")}
    documents = {path for path in DOCUMENTS if path.parent in (ROOT, ROOT / "docs")} - {ROOT / "README.md"}

    assert {str(path.relative_to(ROOT)) for path in documents - linked} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_column_of_a_table_has_a_heading(document: Path) -> None:
    """A screen reader reads the heading with each cell, so no heading is empty."""
    lines = document.read_text("utf-8").splitlines()
    heads = [head for head, line in pairwise(lines) if re.fullmatch(r"\|(?:\s*:?-+:?\s*\|)+", line)]

    assert [head for head in heads if "" in (cell.strip() for cell in head.strip("|").split("|"))] == []

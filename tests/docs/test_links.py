"""No link of a document leads nowhere."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.reading import DOCUMENTS, ROOT, anchors, links

HOSTS = {
    "developer.gemini.com",
    "docs.gemini.com",
    "keepachangelog.com",
    "semver.org",
    "www.python-httpx.org",
}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_inside_the_project_lead_to_files_and_headings(document: Path) -> None:
    """A file that moved, or a heading that was renamed, breaks its links here and not at a reader's."""
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
def test_links_outside_lead_to_known_hosts_over_tls(document: Path) -> None:
    """Whether a page is still there takes a network; that it is on a host somebody chose does not."""
    outside = [urlsplit(link) for link in links(document) if urlsplit(link).scheme]

    assert [link.geturl() for link in outside if link.scheme != "https" or link.hostname not in HOSTS] == []


def test_readme_links_to_every_document_of_the_root_and_of_docs() -> None:
    """What the first page does not name is not found."""
    linked = {(ROOT / urlsplit(link).path).resolve() for link in links(ROOT / "README.md")}
    documents = {path for path in DOCUMENTS if path.parent in (ROOT, ROOT / "docs")} - {ROOT / "README.md"}

    assert {str(path.relative_to(ROOT)) for path in documents - linked} == set()

"""The pages of the site: their links, their place in the sidebar, `llms.txt`, and the check of the built pages."""

from pathlib import Path

import pytest

from gemini_clearing_site._accessibility import correct
from gemini_clearing_site._check import check_pages
from gemini_clearing_site._llms import write_llms
from gemini_clearing_site._site_map import Section, site_map
from gemini_clearing_site._stage import stage
from tests.project.reading import ROOT


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source folder of the site of this checkout."""
    folder = tmp_path_factory.mktemp("site") / "source"
    stage(ROOT, folder)
    return folder


def test_every_document_is_in_the_sidebar() -> None:
    """Each page of docs/ is in exactly one section, also if no section lists it."""
    pages = [page for section in site_map(ROOT) for page in section.pages if page.startswith("docs/")]

    assert sorted(pages) == sorted(f"docs/{path.stem}" for path in (ROOT / "docs").glob("*.md"))


def test_new_document_is_the_last_guide(tmp_path: Path) -> None:
    """A page that no section lists is not lost."""
    (tmp_path / "docs").mkdir()
    for name in ("client.md", "zoo.md"):
        (tmp_path / "docs" / name).write_text("# Title\n", encoding="utf-8")

    [guides, *_] = site_map(tmp_path)

    assert guides.pages == ("docs/client", "docs/zoo")


def test_link_to_a_page_is_kept_and_any_other_is_text(source: Path) -> None:
    """README.md is the start page; a file outside of the site cannot be a link."""
    start = (source / "index.md").read_text(encoding="utf-8")
    reference = (source / "openapi" / "README.md").read_text(encoding="utf-8")

    assert "[docs/mock.md](docs/mock.md)" in start
    assert "## Further reading" not in start
    assert "(clearing.yaml)" not in reference
    assert "](../CONTRIBUTING.md)" in reference


def test_diagram_replaces_the_mermaid_block(source: Path) -> None:
    """The site needs no script of another host to draw the life-cycle."""
    page = (source / "docs" / "order-lifecycle.md").read_text(encoding="utf-8")

    assert "```mermaid" not in page
    assert "<svg " in page


def test_code_blocks_are_those_of_the_documents(source: Path) -> None:
    """A link or a mark inside of a code block is not changed."""
    for name in ("docs/mock.md", "docs/signing.md"):
        before, after = (folder.joinpath(name).read_text(encoding="utf-8") for folder in (ROOT, source))

        assert before.split("```")[1::2] == after.split("```")[1::2]


def test_llms_lists_each_page_with_its_first_sentence(tmp_path: Path) -> None:
    """`llms.txt` has a link to the Markdown of each page, which is next to its HTML."""
    source, html = tmp_path / "source", tmp_path / "html"
    source.mkdir()
    html.mkdir()
    (source / "index.md").write_text("# Start\n\nIt starts.\n\n```{toctree}\na\n```\n", encoding="utf-8")
    (source / "a.md").write_text("# The `a` page\n\n```\ncode\n```\n\nIt has a [link](b.md).\n", encoding="utf-8")

    write_llms(source, html, [Section("Guides", ("a",))])

    text = (html / "llms.txt").read_text(encoding="utf-8")
    assert text == "# Start\n\n> It starts.\n\n## Guides\n\n- [The a page](a.md): It has a link.\n"
    assert (html / "a.md").is_file()
    assert "toctree" not in (html / "llms-full.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="b.html">b</a>', "link to a missing page: b.html"),
        ('<a href="#there">b</a>', "link to a missing heading: #there"),
        ('<a href="../outside.html">b</a>', "link to a missing page: ../outside.html"),
        ('<script src="https://cdn.example/a.js"></script>', "loads https://cdn.example/a.js"),
        ('<img src="//cdn.example/a.png">', "loads //cdn.example/a.png"),
        ('<link rel="stylesheet" href="missing.css">', "loads a missing file: missing.css"),
    ],
)
def test_check_finds_a_broken_page(body: str, problem: str, tmp_path: Path) -> None:
    """A link without a target and a file of another host are problems, each with its page."""
    html = tmp_path / "html"
    html.mkdir()
    (tmp_path / "outside.html").write_text("", encoding="utf-8")
    (html / "a.html").write_text(f'<p id="here">{body}</p>', encoding="utf-8")

    [found] = check_pages(html)

    assert found.startswith(f"a.html: {problem}")


def test_check_finds_a_style_of_another_host(tmp_path: Path) -> None:
    """A style sheet must not import from another host."""
    (tmp_path / "a.css").write_text('@import "https://fonts.example/a.css";', encoding="utf-8")

    assert check_pages(tmp_path) == ["a.css: loads a file of another host. Serve it with the site"]


def test_check_accepts_a_correct_page(tmp_path: Path) -> None:
    """Links to pages, to their headings and to other hosts are accepted."""
    links = '<a href="b.html#there">b</a> <a href="#here">a</a> <a href="https://docs.gemini.com/">c</a>'
    (tmp_path / "a.html").write_text(f'<p id="here">{links}</p>', encoding="utf-8")
    (tmp_path / "b.html").write_text('<h1 id="there">b</h1>', encoding="utf-8")

    assert check_pages(tmp_path) == []


def test_parameters_are_no_list_of_definitions(tmp_path: Path) -> None:
    """A signature over several lines gets divisions, which a screen reader understands; other lists are kept."""
    signature = '<dt><dl>\n<dd><em class="sig-param">a</em>,</dd>\n</dl>\n)</dt>'
    (tmp_path / "a.html").write_text(f"{signature}<dl>\n<dt>b</dt><dd>c</dd></dl>", encoding="utf-8")

    correct(tmp_path)

    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert '<div class="sig-parameters"><div><em class="sig-param">a</em>,</div>' in text
    assert "<dl>\n<dt>b</dt><dd>c</dd></dl>" in text

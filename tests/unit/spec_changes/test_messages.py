"""Stale files and undeclared changes fail a check, and the message names the command to run."""

import shutil
import subprocess
from pathlib import Path

import pytest

from gemini_clearing_changes import __main__ as changes
from gemini_clearing_contract import corpus
from tests.docs import test_console
from tests.docs.console import DOCUMENTS
from tests.faults.defects4rest import test_defects4rest
from tests.mock import test_lifecycle_page
from tests.unit.generator.specs import SMALL, Rendered, replaced
from tests.unit.spec_changes.test_commands import SPEC

_GENERATED = {
    "changed spec": lambda small: small.spec.write_text(replaced(SMALL, "maximum: 300", "maximum: 200"), "utf-8"),
    "hand-edited file": lambda small: (small.package / "_client.py").write_text("edited", "utf-8"),
    "stray file": lambda small: (small.package / "extra.py").touch(),
}
_VERSIONS = {
    "undeclared breaking change": (SPEC, "maximum: 300", "maximum: 200", "make release-notes"),
    "version that does not fit": ("CHANGELOG.md", "[0.1.0]", "[0.0.9]", "make release-notes"),
}
_DOCUMENTS = {
    "console blocks": (test_console, "render", lambda: test_console.test_console_blocks_show_what_the_commands_print(
        DOCUMENTS[0]
    )),
    "life-cycle": (test_lifecycle_page, "render", lambda: test_lifecycle_page.test_page_is_up_to_date()),
    "mapping of defects": (test_defects4rest, "render_page", lambda: test_defects4rest.test_page_is_up_to_date()),
}  # fmt: skip


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Return the rendering of the small spec."""
    return Rendered(tmp_path_factory.mktemp("fresh"), SMALL)


@pytest.mark.parametrize("cause", _GENERATED)
def test_stale_client_names_make_generate(
    cause: str, rendered: Rendered, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A changed spec, a hand-edited file and a stray file fail `make check-generated`."""
    shutil.copytree(rendered.package.parent, tmp_path, dirs_exist_ok=True)
    small = Rendered.__new__(Rendered)
    small.spec, small.package = tmp_path / "clearing.yaml", tmp_path / "gemini_clearing"
    _GENERATED[cause](small)

    assert small.run("--check") == 1
    assert "Run `make generate`, and commit the result." in capsys.readouterr().err


@pytest.mark.parametrize("cause", _VERSIONS)
def test_version_that_does_not_fit_names_make_release_notes(
    cause: str, checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An undeclared breaking change, and a changelog with another version, fail `make version-check`."""
    file, old, new, command = _VERSIONS[cause]
    monkeypatch.setattr(changes, "_compare_python", lambda base, before, after: ([], ()))
    text = (checkout / file).read_text("utf-8")
    (checkout / file).write_text(replaced(text, old, new), "utf-8")

    assert changes.main(["--root", str(checkout), "version-check"]) == 1
    assert f"`{command}`" in capsys.readouterr().err


def test_stale_corpus_names_make_corpus(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A corpus that the spec no longer gives fails `make contract-quick`."""
    monkeypatch.setattr(corpus, "make_corpus", lambda spec: [])

    assert corpus.main(["--check"]) == 1
    assert "run `make corpus`" in capsys.readouterr().out


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_stale_document_names_make_docs(document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generated page that differs from its source fails `make test`."""
    module, name, check = _DOCUMENTS[document]
    monkeypatch.setattr(module, name, lambda *arguments: "another page")

    with pytest.raises(AssertionError, match="Run `make docs`, and commit the result"):
        check()


@pytest.mark.parametrize(
    ("arguments", "strict", "expected"),
    [(["version-check"], "", 0), (["version-check"], "1", 2), (["diff"], "", 2), (["release-notes"], "", 2)],
)
def test_shallow_clone_is_reported_with_the_command_to_run(
    arguments: list[str], strict: str, expected: int, checkout: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Without history nothing can be compared: a skipped check, and an error in CI, where STRICT is set."""
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", checkout.as_uri(), str(shallow)], check=True)
    monkeypatch.setenv("STRICT", strict)

    assert changes.main(["--root", str(shallow), *arguments]) == expected
    message = capsys.readouterr().err
    assert "git fetch --unshallow --tags" in message
    assert message.startswith("SKIPPED: version-check." if expected == 0 else "BASE: this clone is shallow")


def test_shallow_clone_can_be_compared_with_a_named_base(checkout: Path, tmp_path: Path) -> None:
    """With BASE, the history is not needed."""
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", checkout.as_uri(), str(shallow)], check=True)

    assert changes.main(["--root", str(shallow), "version-check", "--base", "HEAD"]) == 0

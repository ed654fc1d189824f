"""`--check`: whatever is not as a fresh rendering would have it is named, and the exit code says so."""

import json
import shutil
import subprocess
import sys

import pytest

from gemini_clearing_generator import _render
from tests.unit.generator.specs import ROOT, SMALL, Rendered, generate, replaced

HEADER = (
    "# Generated from openapi/clearing.yaml by `make generate`: edits are lost, change the spec or the templates.\n"
)


def test_committed_client_is_what_the_spec_says(capsys):
    """The client in this repository is fresh."""
    assert generate(ROOT / "openapi/clearing.yaml", ROOT / "generated_client/gemini_clearing", "--check") == 0
    assert "is what the spec and the templates say" in capsys.readouterr().out


def test_two_renderings_are_the_same_byte_for_byte(small, tmp_path):
    """Nothing of time, place or order gets in."""
    (tmp_path / "again").mkdir()

    assert Rendered(tmp_path / "again", SMALL).files() == small.files()


@pytest.mark.parametrize("seed", ["0", "1"])
def test_rendering_does_not_depend_on_the_hash_seed(seed, small):
    """Sets and dicts of the parser do not decide on any order."""
    command = [sys.executable, "-m", "gemini_clearing_generator", "--check"]
    arguments = ["--spec", str(small.spec), "--output", str(small.package)]
    done = subprocess.run(
        [*command, *arguments], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_every_python_file_says_where_it_comes_from(small):
    """The first line tells a reader not to edit."""
    files = small.files()

    assert all(content.startswith(HEADER.encode()) for name, content in files.items() if name.endswith(".py"))
    assert files["py.typed"] == b""
    assert json.loads(files["PROVENANCE.json"]).keys() == {"tools", "sources", "files"}


def check(rendered, capsys):
    """Check, and return the lines between the first, which names the package, and the last, which says what to do."""
    capsys.readouterr()
    assert rendered.run("--check") == 1
    first, *lines, last = capsys.readouterr().err.splitlines()
    assert first == f"{rendered.package} is not what the spec and the templates say:"
    assert last == "Run `make generate`, and commit what it writes."
    return [line.strip() for line in lines]


def test_check_names_an_edited_file(small, capsys):
    """A hand in generated code is told from an old rendering."""
    with (small.package / "_client.py").open("a") as file:
        file.write("# mine\n")

    assert check(small, capsys) == ["edited by hand: _client.py"]


def test_check_names_a_stray_file(small, capsys):
    """In the folder or below it; what Python leaves is none."""
    (small.package / "extra.py").touch()
    (small.package / "deep").mkdir()
    (small.package / "deep" / "more.txt").touch()
    (small.package / "__pycache__").mkdir()
    (small.package / "__pycache__" / "x.pyc").touch()

    assert check(small, capsys) == ["stray: deep/more.txt", "stray: extra.py"]


@pytest.mark.parametrize("name", ["_enums.py", "py.typed"])
def test_check_names_a_missing_file(name, small, capsys):
    """Whichever it is."""
    (small.package / name).unlink()

    assert check(small, capsys) == [f"missing: {name}"]


def test_check_names_a_changed_spec(small, capsys):
    """Even where the rendering is the same, and with each file where it is not."""
    small.spec.write_text(SMALL + "# A remark.\n")
    assert check(small, capsys) == ["openapi/clearing.yaml has changed"]

    small.spec.write_text(replaced(SMALL, "Place something.", "Place anything."))
    assert check(small, capsys) == [
        "openapi/clearing.yaml has changed", "out of date: _async_client.py", "out of date: _client.py",
    ]  # fmt: skip


def test_check_names_a_changed_template(small, capsys, tmp_path, monkeypatch):
    """By the template's name, with the files that follow from it."""
    templates = shutil.copytree(_render.TEMPLATES, tmp_path / "templates")
    with (templates / "_scalars.py.jinja").open("a") as file:
        file.write("MORE = 1\n")
    monkeypatch.setattr(_render, "TEMPLATES", templates)

    assert check(small, capsys) == ["templates/_scalars.py.jinja has changed", "out of date: _scalars.py"]


def test_check_names_another_version_of_a_tool(small, capsys):
    """A new ruff may lay code out in another way."""
    provenance = json.loads((small.package / "PROVENANCE.json").read_text())
    provenance["tools"]["ruff"] = "0.0.1"
    (small.package / "PROVENANCE.json").write_text(json.dumps(provenance))

    assert check(small, capsys) == ["ruff has another version"]


@pytest.mark.parametrize("edit", [lambda text: text + "\n", lambda text: "[]", lambda text: "{"])
def test_check_names_an_edited_provenance(edit, small, capsys):
    """Whatever is left of it."""
    path = small.package / "PROVENANCE.json"
    path.write_text(edit(path.read_text()))

    assert check(small, capsys) == ["edited by hand: PROVENANCE.json"]


def test_check_writes_nothing(small, capsys):
    """It compares, and that is all."""
    (small.package / "_client.py").write_text("mine")
    before = small.files()

    check(small, capsys)

    assert small.files() == before


def test_generating_anew_puts_everything_right(small, capsys):
    """Edited, stray and missing files are gone, and it says which they were."""
    before = small.files()
    (small.package / "_client.py").write_text("mine")
    (small.package / "extra.py").touch()
    (small.package / "_enums.py").unlink()

    assert small.run() == 0

    assert capsys.readouterr().out.splitlines() == [
        f"{small.package} is written anew:",
        "  edited by hand: _client.py",
        "  missing: _enums.py",
        "  stray: extra.py",
    ]
    assert small.files() == before
    assert sorted(path.name for path in small.package.parent.iterdir()) == ["clearing.yaml", "gemini_clearing"]


def test_generating_what_is_there_already_changes_nothing(small, capsys):
    """Not even a date."""
    before = small.package.stat().st_mtime_ns

    assert small.run() == 0
    assert capsys.readouterr().out == f"{small.package} is up to date.\n"
    assert small.package.stat().st_mtime_ns == before


def test_leftovers_of_an_interrupted_run_are_cleared_away(small):
    """A run that was killed between two steps does not stop the next."""
    for name in (".gemini_clearing.new", ".gemini_clearing.old"):
        (small.package.parent / name).mkdir()
    (small.package / "_client.py").write_text("mine")

    assert small.run() == 0
    assert sorted(path.name for path in small.package.parent.iterdir()) == ["clearing.yaml", "gemini_clearing"]


@pytest.mark.parametrize("kept", ["gemini_clearing/notes.txt", "gemini_clearing"])
def test_folder_that_was_not_generated_is_not_replaced(kept, tmp_path, capsys):
    """A wrong `--output` must not cost anybody's files."""
    path = tmp_path / kept
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")

    assert Rendered(tmp_path, SMALL).code == 2
    assert (
        "gemini_clearing: is no generated package, and is not replaced: remove it, or choose" in capsys.readouterr().err
    )
    assert path.read_text() == "mine"


def test_empty_folder_is_filled(tmp_path):
    """Nothing is lost there."""
    (tmp_path / "gemini_clearing").mkdir()

    assert Rendered(tmp_path, SMALL).code == 0


def test_place_that_cannot_be_written_is_told(small, capsys):
    """By the system's own words, and without a traceback."""
    assert generate(small.spec, small.spec / "inside") == 2
    assert "Not a directory" in capsys.readouterr().err

"""`--check` names every difference from a fresh rendering, and its exit status is 1 if it finds any."""

import json
import shutil
import subprocess
import sys

import pytest

from gemini_clearing_generator import _render
from tests.unit.generator.specs import ROOT, SMALL, Rendered, generate, replaced

HEADER = "# Generated from openapi/clearing.yaml by `make generate`. Do not edit: change the spec or the templates.\n"


def test_committed_client_is_up_to_date(capsys):
    """The committed client is the rendering of the committed spec."""
    assert generate(ROOT / "openapi/clearing.yaml", ROOT / "generated_client/gemini_clearing", "--check") == 0
    assert capsys.readouterr().out.endswith("gemini_clearing is up to date.\n")


def test_rendering_is_deterministic(small, tmp_path):
    """Two renderings in different folders are equal byte for byte."""
    (tmp_path / "again").mkdir()

    assert Rendered(tmp_path / "again", SMALL).files() == small.files()


@pytest.mark.parametrize("seed", ["0", "1"])
def test_rendering_does_not_depend_on_the_hash_seed(seed, small):
    """The order of sets in the parser does not change the output."""
    command = [sys.executable, "-m", "gemini_clearing_generator", "--check"]
    arguments = ["--spec", str(small.spec), "--output", str(small.package)]
    done = subprocess.run(
        [*command, *arguments], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_every_python_file_has_the_header(small):
    """The first line says that the file must not be edited."""
    files = small.files()

    assert all(content.startswith(HEADER.encode()) for name, content in files.items() if name.endswith(".py"))
    assert files["py.typed"] == b""
    assert json.loads(files["PROVENANCE.json"]).keys() == {"tools", "sources", "files"}


def check(rendered, capsys):
    """Run the check, and return the lines between the first and the last."""
    capsys.readouterr()
    assert rendered.run("--check") == 1
    first, *lines, last = capsys.readouterr().err.splitlines()
    assert first == f"{rendered.package} is not up to date with the spec and the templates:"
    assert last == "Run `make generate`, and commit the result."
    return [line.strip() for line in lines]


def test_check_names_an_edited_file(small, capsys):
    """An edited file is distinguished from an old one by its hash in the provenance."""
    with (small.package / "_client.py").open("a") as file:
        file.write("# edited\n")

    assert check(small, capsys) == ["edited by hand: _client.py"]


def test_check_names_a_stray_file(small, capsys):
    """Files in subfolders count; files of `__pycache__` do not."""
    (small.package / "extra.py").touch()
    (small.package / "deep").mkdir()
    (small.package / "deep" / "more.txt").touch()
    (small.package / "__pycache__").mkdir()
    (small.package / "__pycache__" / "x.pyc").touch()

    assert check(small, capsys) == ["stray: deep/more.txt", "stray: extra.py"]


@pytest.mark.parametrize("name", ["_enums.py", "py.typed"])
def test_check_names_a_missing_file(name, small, capsys):
    """Python files and other files count."""
    (small.package / name).unlink()

    assert check(small, capsys) == [f"missing: {name}"]


def test_check_names_a_changed_spec(small, capsys):
    """The spec is named even if the rendering is the same; otherwise each file is named too."""
    small.spec.write_text(SMALL + "# A comment.\n")
    assert check(small, capsys) == ["openapi/clearing.yaml has changed"]

    small.spec.write_text(replaced(SMALL, "Place something.", "Place anything."))
    assert check(small, capsys) == [
        "openapi/clearing.yaml has changed", "out of date: _async_client.py", "out of date: _client.py",
    ]  # fmt: skip


def test_check_names_a_changed_template(small, capsys, tmp_path, monkeypatch):
    """The template and the files that it changes are named."""
    templates = shutil.copytree(_render.TEMPLATES, tmp_path / "templates")
    with (templates / "_scalars.py.jinja").open("a") as file:
        file.write("MORE = 1\n")
    monkeypatch.setattr(_render, "TEMPLATES", templates)

    assert check(small, capsys) == ["templates/_scalars.py.jinja has changed", "out of date: _scalars.py"]


def test_check_names_another_version_of_a_tool(small, capsys):
    """Another version of ruff may format code differently."""
    provenance = json.loads((small.package / "PROVENANCE.json").read_text())
    provenance["tools"]["ruff"] = "0.0.1"
    (small.package / "PROVENANCE.json").write_text(json.dumps(provenance))

    assert check(small, capsys) == ["ruff has another version"]


@pytest.mark.parametrize("edit", [lambda text: text + "\n", lambda text: "[]", lambda text: "{"])
def test_check_names_an_edited_provenance(edit, small, capsys):
    """Any change of the provenance file counts."""
    path = small.package / "PROVENANCE.json"
    path.write_text(edit(path.read_text()))

    assert check(small, capsys) == ["edited by hand: PROVENANCE.json"]


def test_check_writes_nothing(small, capsys):
    """The check changes no file."""
    (small.package / "_client.py").write_text("edited")
    before = small.files()

    check(small, capsys)

    assert small.files() == before


def test_generate_restores_the_package(small, capsys):
    """Edited, stray and missing files are restored, and the output names them."""
    before = small.files()
    (small.package / "_client.py").write_text("edited")
    (small.package / "extra.py").touch()
    (small.package / "_enums.py").unlink()

    assert small.run() == 0

    assert capsys.readouterr().out.splitlines() == [
        f"Generated {small.package}:",
        "  edited by hand: _client.py",
        "  missing: _enums.py",
        "  stray: extra.py",
    ]
    assert small.files() == before
    assert sorted(path.name for path in small.package.parent.iterdir()) == ["clearing.yaml", "gemini_clearing"]


def test_generate_does_not_touch_an_up_to_date_package(small, capsys):
    """Not even the modification time changes."""
    before = small.package.stat().st_mtime_ns

    assert small.run() == 0
    assert capsys.readouterr().out == f"{small.package} is up to date.\n"
    assert small.package.stat().st_mtime_ns == before


def test_generate_removes_the_leftovers_of_an_interrupted_run(small):
    """A run that was killed does not block the next one."""
    for name in (".gemini_clearing.new", ".gemini_clearing.old"):
        (small.package.parent / name).mkdir()
    (small.package / "_client.py").write_text("edited")

    assert small.run() == 0
    assert sorted(path.name for path in small.package.parent.iterdir()) == ["clearing.yaml", "gemini_clearing"]


@pytest.mark.parametrize("kept", ["gemini_clearing/notes.txt", "gemini_clearing"])
def test_generate_does_not_replace_other_folders(kept, tmp_path, capsys):
    """A wrong `--output` must not delete files."""
    path = tmp_path / kept
    path.parent.mkdir(exist_ok=True)
    path.write_text("edited")

    assert Rendered(tmp_path, SMALL).code == 2
    assert "gemini_clearing: not a generated package. Remove it, or choose another output" in capsys.readouterr().err
    assert path.read_text() == "edited"


def test_generate_fills_an_empty_folder(tmp_path):
    """An empty folder may be replaced."""
    (tmp_path / "gemini_clearing").mkdir()

    assert Rendered(tmp_path, SMALL).code == 0


def test_unwritable_output_is_reported(small, capsys):
    """The message is the system's, without a traceback."""
    assert generate(small.spec, small.spec / "inside") == 2
    assert "Not a directory" in capsys.readouterr().err

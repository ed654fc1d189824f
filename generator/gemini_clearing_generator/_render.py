"""Rendering: write the client's package with the templates, and format it with ruff."""

import subprocess
from functools import cache
from pathlib import Path

import attrs
import jinja2
from ruff import find_ruff_bin  # type: ignore[import-untyped]  # the package `ruff` has no type information (no py.typed)

from ._build import build
from ._docstrings import docstring
from ._errors import GeneratorError
from ._provenance import HEADER, write_provenance
from ._scalars import RUNTIME_SCALARS, literal
from ._spec import Spec

__all__ = ["TEMPLATES", "render"]

TEMPLATES = Path(__file__).with_name("templates")
_LINE_LENGTH = 110
_ISOLATED = [
    *("--isolated", "--no-cache", "--quiet", "--target-version=py311", f"--line-length={_LINE_LENGTH}"),
    '--config=lint.isort.known-first-party = ["gemini_clearing", "gemini_clearing_auth", "gemini_clearing_runtime"]',
]


def render(spec: Spec, folder: Path) -> None:
    """
    Write the files of the package into an empty folder.

    Raises:
        GeneratorError: the spec contains something that cannot be generated.
    """
    data = build(spec)
    environment = _environment(TEMPLATES)
    context = {field.name: getattr(data, field.name) for field in attrs.fields(type(data))}
    # A read may be the query of a write, so reads are declared first.
    context["declared"] = sorted(data.operations, key=lambda operation: not operation.safe_to_repeat)
    context["error_classes"] = data.error_classes
    context["scalars"] = RUNTIME_SCALARS
    for template in sorted(TEMPLATES.glob("*.py.jinja")):
        text = environment.get_template(template.name).render(**context)
        (folder / template.stem).write_text(f"{HEADER}\n{text}", "utf-8")
    (folder / "py.typed").touch()
    _format(folder)
    write_provenance(spec.path, TEMPLATES, folder)


@cache
def _environment(templates: Path) -> jinja2.Environment:
    """Return an environment, which compiles each template once, and again after a change of its file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=False,  # noqa: S701  (Python code, not HTML: texts of the spec go through `docstring` and `literal`)
        keep_trailing_newline=True,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(docstring=docstring, literal=literal)
    return environment


def _format(folder: Path) -> None:
    """Remove unused imports, sort the others, and format the code, with no configuration from outside the folder."""
    # In this order: if imports are sorted first, a long import stays split into lines that it no longer needs.
    for command in (["check", "--fix-only", "--select=F401"], ["check", "--fix-only", "--select=I"], ["format"]):
        done = subprocess.run(  # noqa: S603  (ruff of the running interpreter)
            [find_ruff_bin(), *command, *_ISOLATED, "."], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise GeneratorError(f"ruff cannot read the code that the templates produced:\n{done.stdout}{done.stderr}")

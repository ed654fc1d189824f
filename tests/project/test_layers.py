"""The third-party packages that each layer may import; pyproject.toml has the rules between our own packages."""

import ast
import re
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

from tests.project.reading import PYPROJECT, modules

# The right-hand column of the table in ARCHITECTURE.md.
ALLOWED = {
    "auth_plugin": {"httpx", "httpx2", "redis"},
    "client_runtime": {"attrs", "h11", "httpx", "msgspec", "opentelemetry"},
    "generated_client": {"attrs", "httpx"},
    "contract_suite": {
        "attrs",
        "httpx",
        "hypothesis",
        "jsonschema_rs",
        "openapi_core",
        "pytest",
        "requests",
        "rich",
        "schemathesis",
        "yaml",
    },
    "command_line": {"attrs", "httpx", "rich", "typer"},
    "mock_exchange": {"httpx", "msgspec", "pytest", "uvicorn"},
    "generator": {"attrs", "jinja2", "openapi_python_client", "openapi_spec_validator", "ruamel", "ruff"},
    "spec_changes": {"attrs", "griffe", "httpx", "ruamel"},
    "docs_site": {"attrs", "docutils", "rich", "ruamel", "selenium", "sphinx", "uvicorn"},
    "release_checks": {"attrs"},
}
UNSHIPPED = {"generator", "spec_changes", "docs_site", "release_checks"}
OURS = "gemini_clearing"


def _imported(path: Path) -> set[str]:
    """Return the top-level names of third-party packages that a module imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return {name for name in names if name not in sys.stdlib_module_names and not name.startswith(OURS)}


@pytest.mark.parametrize("folder", ALLOWED)
def test_layer_imports_only_its_third_parties(folder: str) -> None:
    """A layer imports only the third-party packages in the table."""
    found = {f"{path.name}: {name}" for path in modules(folder) for name in _imported(path) - ALLOWED[folder]}

    assert found == set()


def test_shipped_layers_import_only_declared_dependencies() -> None:
    """Shipped packages import only declared dependencies and extras, pytest in its plugin, and httpx2 for its types."""
    declared = {re.split(r"[^\w-]", requirement)[0].lower() for requirement in requires("gemini-clearing") or []}
    distributions = packages_distributions()
    imported = set().union(*(ALLOWED[folder] for folder in ALLOWED if folder not in UNSHIPPED)) - {"httpx2", "pytest"}

    providers = {name: {found.lower().replace("_", "-") for found in distributions[name]} for name in imported}

    assert {name for name, found in providers.items() if not declared & found} == set()


def test_editable_install_reaches_every_layer() -> None:
    """Every folder with a package is on the path of an editable install."""
    assert set(PYPROJECT["tool"]["hatch"]["build"]["dev-mode-dirs"]) == set(ALLOWED)

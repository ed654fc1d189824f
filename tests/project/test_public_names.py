"""The public names of the shipped packages are listed in public_names.txt, one per line."""

import importlib

from tests.project.reading import ROOT

LISTED = (ROOT / "tests" / "project" / "public_names.txt").read_text(encoding="utf-8").split()
MODULES = [
    "gemini_clearing",
    "gemini_clearing_auth",
    "gemini_clearing_auth.errors",
    "gemini_clearing_cli",
    "gemini_clearing_mock",
    "gemini_clearing_mock.errors",
    "gemini_clearing_runtime",
    "gemini_clearing_runtime.errors",
    "gemini_clearing_runtime.otel",
    "gemini_clearing_runtime.otel_instrumentor",
]


def test_public_names_are_the_listed_ones() -> None:
    """Adding, removing or moving a public name requires a change of the list, and a line in the changelog."""
    exported = [f"{module}.{name}" for module in MODULES for name in sorted(importlib.import_module(module).__all__)]

    assert exported == LISTED


def test_public_names_exist() -> None:
    """Every name in `__all__` exists."""
    missing = [
        f"{module}.{name}"
        for module in MODULES
        for name in importlib.import_module(module).__all__
        if not hasattr(importlib.import_module(module), name)
    ]

    assert missing == []

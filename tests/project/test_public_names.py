"""The public names of the shipped packages are a promise; public_names.txt holds it, one name a line."""

import importlib

from tests.project.reading import ROOT

PROMISED = (ROOT / "tests" / "project" / "public_names.txt").read_text(encoding="utf-8").split()
MODULES = [
    "gemini_clearing",
    "gemini_clearing_auth",
    "gemini_clearing_auth.errors",
    "gemini_clearing_mock",
    "gemini_clearing_mock.errors",
    "gemini_clearing_runtime",
    "gemini_clearing_runtime.errors",
]


def test_public_names_are_the_promised_ones() -> None:
    """A name that comes, goes or moves is a change of that file, and of the changelog."""
    offered = [f"{module}.{name}" for module in MODULES for name in sorted(importlib.import_module(module).__all__)]

    assert offered == PROMISED


def test_public_names_exist() -> None:
    """What `__all__` names can be imported."""
    missing = [
        f"{module}.{name}"
        for module in MODULES
        for name in importlib.import_module(module).__all__
        if not hasattr(importlib.import_module(module), name)
    ]

    assert missing == []

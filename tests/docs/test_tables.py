"""The tables of the documents say what the code says."""

from ruamel.yaml import YAML

import gemini_clearing
from tests.docs.reading import ROOT, rows

SPEC = YAML(typ="safe", pure=True).load(ROOT / "openapi" / "clearing.yaml")


def test_readme_lists_the_operations_of_the_spec() -> None:
    """Method, endpoint and summary, in the order of the spec."""
    operations = [
        [f"`{item['post']['operationId']}`", f"`{path}`", item["post"]["summary"]]
        for path, item in SPEC["paths"].items()
    ]

    assert rows(ROOT / "README.md", "Operations") == operations


def test_both_clients_have_the_listed_methods() -> None:
    """What the table names can be called, sync and async."""
    for method, *_ in rows(ROOT / "README.md", "Operations"):
        assert callable(getattr(gemini_clearing.GeminiClearing, method.strip("`")))
        assert callable(getattr(gemini_clearing.AsyncGeminiClearing, method.strip("`")))


def test_readme_explains_the_three_kinds_of_failure() -> None:
    """The branches right below the root of the error tree, and no other."""
    branches = [cls.__name__ for cls in gemini_clearing.ClearingError.__subclasses__()]

    assert [f"`{name}`" for name in branches] == [row[0] for row in rows(ROOT / "README.md", "When a call fails")]

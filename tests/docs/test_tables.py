"""The tables in the documents agree with the code."""

import gemini_clearing
from gemini_clearing_runtime.errors import REJECTIONS
from tests.docs.reading import ROOT, rows
from tests.spec.reading import DOCUMENT


def test_readme_lists_the_operations_of_the_spec() -> None:
    """The table has method, endpoint and summary of each operation, in the order of the spec."""
    operations = [
        [f"`{item['post']['operationId']}`", f"`{path}`", item["post"]["summary"]]
        for path, item in DOCUMENT["paths"].items()
    ]

    assert rows(ROOT / "README.md", "Operations") == operations


def test_both_clients_have_the_listed_methods() -> None:
    """Every method in the table exists in the sync and the async client."""
    for method, *_ in rows(ROOT / "README.md", "Operations"):
        assert callable(getattr(gemini_clearing.GeminiClearing, method.strip("`")))
        assert callable(getattr(gemini_clearing.AsyncGeminiClearing, method.strip("`")))


def test_every_reason_has_something_to_do() -> None:
    """The table has each known reason of the spec, with the statuses of its checks, and the class that is raised."""
    statuses = {name: {entry["status"]} for name, entry in DOCUMENT["x-reasons"].items()}
    for item in DOCUMENT["paths"].values():
        for entry in item["post"]["x-refusals"]:
            statuses.setdefault(entry.get("reason", ""), set()).add(entry["status"])
    expected = [
        [f"`{name}`", ", ".join(map(str, sorted(statuses.get(name, ())))) or "–", _class_of(name)]
        for name in DOCUMENT["components"]["schemas"]["Reason"]["x-extensible-enum"]
    ]

    table = rows(ROOT / "docs" / "reasons.md", "Reasons, and what to do")
    assert [row[:3] for row in table] == expected
    assert [row[0] for row in table if not row[3]] == []


def _class_of(reason: str) -> str:
    return f"`{REJECTIONS[reason].__name__}`" if reason in REJECTIONS else ""


def test_readme_explains_the_kinds_of_failure() -> None:
    """The table lists exactly the direct subclasses of the root error."""
    branches = [cls.__name__ for cls in gemini_clearing.ClearingError.__subclasses__()]

    listed = [row[0] for row in rows(ROOT / "README.md", "When a call fails")]
    assert sorted(f"`{name}`" for name in branches) == sorted(listed)  # classes are in the order of the imports

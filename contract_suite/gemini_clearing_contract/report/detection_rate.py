"""The report of the last `make recall`, which the HTML report shows if it is in the same folder."""

import json
from pathlib import Path
from typing import Any

__all__ = ["last_recall"]

TEXTS, LISTS = ("name", "side", "expected_layer"), ("layers", "detected_by")


def last_recall(folder: Path) -> dict[str, Any] | None:
    """Return the report of the last `make recall`; None if there is none, or none of this version."""
    file = folder / "recall.json"
    try:
        # A pipe of this name would have no end.
        report = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
    except (OSError, ValueError, RecursionError):
        return None
    return report if _is_current(report) else None


def _is_current(report: Any) -> bool:
    if not isinstance(report, dict) or not _is_list(report.get("layers"), str) or not _is_list(report.get("faults")):
        return False
    return all(
        all(isinstance(fault.get(name), str) for name in TEXTS)
        and all(_is_list(fault.get(name), str) for name in LISTS)
        for fault in report["faults"]
    )


def _is_list(value: Any, kind: type = dict) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)

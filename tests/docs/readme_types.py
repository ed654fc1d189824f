"""
`python -m tests.docs.readme_types FOLDER`: write the Python blocks of README.md as modules, for a type checker.

`make types` runs pyright on them with the packages as users install them: names that a package does not export are
errors then. One module has all blocks up to the test, which continue each other; the test is a module of its own.
"""

import json
import sys
from pathlib import Path

from tests.docs.reading import ROOT, blocks

__all__ = ["write"]

# What pytest passes to a test is not known to a type checker.
_CONFIG = {"pythonVersion": "3.11", "typeCheckingMode": "standard", "reportPrivateImportUsage": "error"}


def write(folder: Path) -> None:
    """Write the modules and the configuration of pyright."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = [block.text for block in blocks(ROOT / "README.md") if block.language == "python"]
    (folder / "readme.py").write_text("\n".join(texts[:-1]), encoding="utf-8")
    (folder / "test_readme.py").write_text(texts[-1], encoding="utf-8")
    (folder / "pyrightconfig.json").write_text(json.dumps(_CONFIG), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))

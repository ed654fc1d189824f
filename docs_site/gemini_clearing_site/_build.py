"""The build: the source folder, then Sphinx. A warning of Sphinx is an error."""

import io
import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from ._accessibility import correct
from ._errors import SiteError
from ._llms import write_llms
from ._settings import settings
from ._stage import stage
from .captures import make_captures

__all__ = ["build_site"]

_VERSION = Path("client_runtime/gemini_clearing_runtime/_version.py")
_CONF = "globals().update({!r})\n"
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def build_site(root: Path, folder: Path) -> Path:
    """
    Build the site of a checkout in `folder`, and return the folder of its HTML.

    Raises:
        SiteError: Sphinx has printed a warning or an error, or a command of a capture has failed.
    """
    source, html = folder / "source", folder / "html"
    shutil.rmtree(html, ignore_errors=True)
    sections = stage(root, source)
    make_captures(html / "captures")
    version = re.findall(r'"([\d.]+)"', (root / _VERSION).read_text(encoding="utf-8"))[0]
    # Furo declares a setting only after Sphinx has read the passed settings, so they are in a file.
    (source / "conf.py").write_text(_CONF.format(settings(version)), encoding="utf-8")
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            source, source, html, folder / "doctrees", "html", status=None, warning=warnings, freshenv=True,
        )  # fmt: skip
        app.build(force_all=True)
    if found := _COLOR.sub("", warnings.getvalue()).strip():
        raise SiteError(found.replace(f"{source}/", ""))
    correct(html)
    write_llms(source, html, sections)
    return html

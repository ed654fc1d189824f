"""
The documentation site: the committed pages, references from the spec and from docstrings, and the checks of the result.

It is never shipped. `make docs` builds the site, and `make check-docs` checks it.
"""

from ._build import build_site
from ._check import check_pages
from ._errors import SiteError

__all__ = ["SiteError", "build_site", "check_pages"]

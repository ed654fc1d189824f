"""The settings of Sphinx: MyST for Markdown, Furo as the theme, docstrings in the project's mark-up."""

from pathlib import Path
from typing import Any

__all__ = ["settings"]

_STATIC = Path(__file__).with_name("static")


def settings(version: str) -> dict[str, Any]:
    """Return the settings that replace a `conf.py`."""
    return {
        "project": "Gemini Clearing",
        "author": "The Gemini Clearing maintainers",
        "copyright": "The Gemini Clearing maintainers",
        "version": version,
        "release": version,
        "root_doc": "index",
        "extensions": ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"],
        "source_suffix": {".md": "markdown"},
        "myst_heading_anchors": 4,
        "highlight_language": "none",
        # In docstrings, single backticks mark code, as in Markdown.
        "default_role": "code",
        "napoleon_numpy_docstring": False,
        "napoleon_use_rtype": False,
        "autodoc_member_order": "bysource",
        "autodoc_typehints_format": "short",
        "autodoc_preserve_defaults": True,
        "add_module_names": False,
        "maximum_signature_line_length": 60,
        "python_use_unqualified_type_names": True,
        "html_theme": "furo",
        "html_title": f"Gemini Clearing {version}",
        "html_favicon": str(_STATIC / "favicon.svg"),
        "html_static_path": [str(_STATIC)],
        "html_css_files": ["site.css"],
        "html_js_files": ["site.js"],
        "html_copy_source": False,
        "html_show_sphinx": False,
        "pygments_style": "a11y-high-contrast-light",
        "pygments_dark_style": "a11y-high-contrast-dark",
        "html_theme_options": {"navigation_with_keys": False},
    }

"""
The figure of a capture on a page: an image for each theme, in a box that scrolls where the page is narrower.

Furo shows one of the two images, also if the reader has chosen another theme than that of the machine.
"""

import re
from html import escape

from .._errors import SiteError
from ._scenes import SCENES
from ._svg import THEMES, width_of

__all__ = ["with_figures"]

_MARK = re.compile(r"^<!-- capture ([\w-]+):\n(.+?)\n-->$", flags=re.MULTILINE | re.DOTALL)


def with_figures(text: str, folder: str) -> str:
    """
    Return a page with a figure for each of its captures; `folder` is the path to the images.

    Raises:
        SiteError: the page names a capture that no scene makes.
    """
    return _MARK.sub(lambda mark: _figure(mark[1], mark[2].replace("\n", " "), folder), text)


def _figure(name: str, description: str, folder: str) -> str:
    columns = {scene.name: scene.columns for scene in SCENES}
    if name not in columns:
        raise SiteError(f"Unknown capture: {name}. Captures: {', '.join(columns)}.")
    images = "".join(
        f'<img class="only-{theme}" src="{folder}/{name}-{theme}.svg" width="{width_of(columns[name])}" '
        f'alt="{escape(description)}" loading="lazy">'
        for theme in THEMES
    )
    # The box has the focus, so that the keyboard scrolls it.
    label = f"Terminal, {columns[name]} columns"
    return f'```{{raw}} html\n<div class="capture" role="group" tabindex="0" aria-label="{label}">{images}</div>\n```'

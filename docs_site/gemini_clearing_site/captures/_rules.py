"""The rules for the images: nothing of another host, nothing secret, nothing of this machine, legible text."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gemini_clearing_mock import demo_config

from ._make import make_captures

__all__ = ["check_captures", "problems_of"]

CONTRAST = 4.5
"""The least contrast of text (https://www.w3.org/TR/WCAG22/#contrast-minimum)."""

_LOADED = re.compile(r"@import|url\([^#)]|\b(?:xlink:)?href=|<image|<script", flags=re.IGNORECASE)
_SIGNATURE = re.compile(r"[0-9a-fA-F]{96}")
_TEXT_COLOR = re.compile(r"\.[\w-]+-r\d+ \{ fill: (#[0-9a-f]{6})")
_BACKGROUND = re.compile(r'<rect fill="(#[0-9a-f]{6})"')


def check_captures(folder: Path) -> list[str]:
    """Return one line for each image of a folder that breaks a rule, or that a second build makes otherwise."""
    images = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.svg"))}
    problems = [f"captures/{name}: {problem}" for name, image in images.items() for problem in problems_of(image)]
    with tempfile.TemporaryDirectory() as again:
        make_captures(Path(again))
        changed = [name for name in images if (Path(again) / name).read_text(encoding="utf-8") != images[name]]
    return problems + [f"captures/{name}: a second build has made another image" for name in changed]


def problems_of(image: str) -> Iterator[str]:
    """Yield what is wrong with an image."""
    if _LOADED.search(image):
        yield "loads another file. Draw it with the fonts of the reader's machine"
    if _SIGNATURE.search(image) or any(key.api_secret in image for key in demo_config().keys):
        yield "shows a signature or a secret"
    if any(str(folder) in image for folder in (Path.cwd(), Path.home(), Path(tempfile.gettempdir()))):
        yield "shows a path of this machine"
    if (background := _BACKGROUND.search(image)) is None:
        yield "has no background"
        return
    for color in sorted(set(_TEXT_COLOR.findall(image))):
        if _contrast(color, background[1]) < CONTRAST:
            yield f"the text {color} is not legible on {background[1]}"


def _contrast(one: str, other: str) -> float:
    """Return the contrast of two colors (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

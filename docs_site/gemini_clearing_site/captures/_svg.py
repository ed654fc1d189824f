"""
The text of a terminal as an SVG image, drawn by Rich, in a light and in a dark theme.

Rich's own template loads fonts from another host; this one uses the fonts of the reader's machine.
"""

import io
import re
from collections.abc import Iterator

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from .._errors import SiteError

__all__ = ["THEMES", "draw", "width_of"]

_Color = tuple[int, int, int]

# Black, red, green, yellow, blue, magenta, cyan and white; each is legible on the background.
_LIGHT: list[_Color] = [
    (27, 31, 36), (176, 24, 24), (17, 99, 41), (125, 78, 0), (5, 80, 174), (122, 43, 191), (11, 94, 103), (87, 96, 106),
]  # fmt: skip
_DARK: list[_Color] = [
    (139, 148, 158), (255, 123, 114), (86, 211, 100), (227, 179, 65), (121, 192, 255), (210, 168, 255), (86, 212, 221),
    (201, 209, 217),
]  # fmt: skip
THEMES = {
    "light": TerminalTheme((255, 255, 255), (17, 20, 24), _LIGHT, _LIGHT),
    "dark": TerminalTheme((13, 17, 23), (230, 237, 243), _DARK, _DARK),
}

# `{chrome}` is the window with its title, `{backgrounds}` and `{matrix}` are the text; see rich._export_format.
_TEMPLATE = """\
<svg class="terminal" viewBox="0 0 {width} {height}" width="{width}" height="{height}" \
xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font-family: system-ui, sans-serif; font-size: 16px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>\
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
# Besides colors: hide and show the cursor.
_DRAWN = re.compile(r"\x1b\[([0-9;]*m|\?25[lh])")


def draw(text: str, *, name: str, columns: int, theme: str) -> str:
    """
    Return an image of a text with escape sequences, in a window whose title is its width.

    Raises:
        SiteError: the text moves the cursor, which this image does not show.
    """
    if "\x1b" in _DRAWN.sub("", text) or "\r" in text:
        raise SiteError(f"The capture {name} moves the cursor. End it earlier, with `until`.")
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    for line in text.rstrip("\n").split("\n"):
        for part in _folded(Text.from_ansi(line), columns):
            console.print(part, no_wrap=True, highlight=False)
    return console.export_svg(title=f"{columns} columns", theme=THEMES[theme], code_format=_TEMPLATE, unique_id=name)


def width_of(columns: int) -> int:
    """Return the width at which the image is shown, in pixels: a page has room for 80 columns."""
    return round(columns * 8.8 + 13)


def _folded(line: Text, columns: int) -> Iterator[Text]:
    """Yield the lines of a terminal, which breaks a line at its width and not between words."""
    yield from line.divide(range(columns, len(line), columns)) if len(line) > columns else [line]

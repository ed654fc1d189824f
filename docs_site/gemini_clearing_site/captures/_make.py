"""Runs the commands of all captures, and writes an image of each in each theme."""

import os
import re
import shlex
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

from gemini_clearing_mock import Exchange

from .._errors import SiteError
from ._exchange import new_exchange, served, write_profiles
from ._scenes import BOOK, SCENES, Command, Scene
from ._svg import THEMES, draw
from ._terminal import run_in_terminal

__all__ = ["is_shown", "make_captures"]

_PROFILES = "config.toml"
# The port of `make mock`. The served exchange has any free one, so that two builds do not disturb each other.
_PORT = re.compile(r"(?<=http://127\.0\.0\.1:)[0-9]+|(?<=Host: 127\.0\.0\.1:)[0-9]+")
_SHOWN_PORT = "8080"


def make_captures(folder: Path) -> None:
    """
    Write the images of all captures to a folder.

    Raises:
        SiteError: a command has not done what its capture shows, or the capture shows a secret.
    """
    folder.mkdir(parents=True, exist_ok=True)
    exchange, secrets = new_exchange(), set[str]()
    with tempfile.TemporaryDirectory() as home, served(exchange, secrets) as base_url:
        desk = _Desk(Path(home))
        write_profiles(exchange, base_url, desk.home / _PROFILES)
        (desk.home / "book.csv").write_text(BOOK, encoding="utf-8")
        for scene in SCENES:
            text = desk.play(scene, exchange)
            if is_shown(secrets, text):
                raise SiteError(f"{scene.name} shows a secret, a signature, a payload or a token of its commands.")
            for theme in THEMES:
                image = draw(text, name=scene.name, columns=scene.columns, theme=theme)
                (folder / f"{scene.name}-{theme}.svg").write_text(image, encoding="utf-8")


def is_shown(secrets: Iterable[str], text: str) -> bool:
    """Return whether a text of a terminal, which may have broken a long line, shows a secret in either case."""
    printed = re.sub(r"\x1b\[[0-9;]*m|\s", "", text).lower()
    return any(secret.lower() in printed for secret in secrets)


class _Desk:
    """A terminal in an otherwise empty folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._variables = {
            "GEMINI_CLEARING_CONFIG": _PROFILES,
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": os.defpath,
            "TERM": "xterm-256color",
        }

    def play(self, scene: Scene, exchange: Exchange) -> str:
        """Run the commands of a scene, and return the text of the terminal."""
        scene.before(exchange)
        return "\n".join(self._run(command, scene.columns) for command in scene.commands)

    def _run(self, command: Command, columns: int) -> str:
        line, _, output = command.line.partition(" > ")
        program, *arguments = shlex.split(line)
        printed = run_in_terminal(
            [str(Path(sysconfig.get_path("scripts")) / program), *arguments],
            name=command.line,
            columns=columns,
            folder=self.home,
            variables=self._variables,
            reply=command.reply,
            output=self.home / output if output else None,
            until=command.until,
        )
        text = _PORT.sub(_SHOWN_PORT, printed.text)
        if printed.code is not None and printed.code != command.code:
            raise SiteError(f"`{command.line}` ended with exit code {printed.code}, not {command.code}: {text.strip()}")
        code = f"\n\x1b[2mexit code {printed.code}\x1b[0m" if printed.code else ""
        return f"\x1b[1m$ {command.line}\x1b[0m\n{text.rstrip()}{code}\n"

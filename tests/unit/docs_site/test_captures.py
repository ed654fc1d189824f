"""The captures of the command line: which there are, how an image is drawn, and the rules for it."""

import re
import sys
from pathlib import Path

import pytest

from gemini_clearing import GeminiClearing
from gemini_clearing_mock import Exchange, demo_config
from gemini_clearing_site._errors import SiteError
from gemini_clearing_site.captures import SCENES, with_figures
from gemini_clearing_site.captures._exchange import served
from gemini_clearing_site.captures._make import is_shown
from gemini_clearing_site.captures._rules import problems_of
from gemini_clearing_site.captures._svg import THEMES, draw
from gemini_clearing_site.captures._terminal import run_in_terminal
from tests.project.reading import ROOT

GUIDE = ROOT / "docs" / "command-line.md"


def _drawn(text: str, theme: str = "light") -> str:
    return draw(text, name="example", columns=40, theme=theme)


def test_guide_shows_each_capture_once() -> None:
    """Each capture that is made is shown, and each that the guide names is made."""
    named = re.findall(r"^<!-- capture ([\w-]+):", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert sorted(named) == sorted(scene.name for scene in SCENES)


def test_figure_has_an_image_for_each_theme_with_the_text_of_the_guide() -> None:
    """The alternative text is that of the guide, escaped."""
    figure = with_figures('<!-- capture explain:\nA "request"\n& more.\n-->', "../captures")

    assert re.findall(r'class="only-(\w+)" src="../captures/explain-(\w+)\.svg"', figure) == [
        ("light", "light"),
        ("dark", "dark"),
    ]
    assert figure.count('alt="A &quot;request&quot; &amp; more."') == 2


def test_unknown_capture_fails_the_build() -> None:
    """A page cannot name a capture that no scene makes."""
    with pytest.raises(SiteError, match="Unknown capture: nothing"):
        with_figures("<!-- capture nothing:\nNothing.\n-->", "..")


@pytest.mark.parametrize("theme", THEMES)
def test_image_of_every_color_follows_the_rules(theme: str) -> None:
    """Each color of a terminal, and bold and dim text, are legible in each theme; no font is loaded."""
    codes = ["1", "2", *(f"{color}" for color in range(30, 38)), *(f"{color}" for color in range(90, 98))]
    image = _drawn("\n".join(f"\x1b[{code}mtext {code}\x1b[0m" for code in codes), theme)

    assert list(problems_of(image)) == []


def test_line_is_broken_at_the_width() -> None:
    """A terminal breaks a long line at its width, and not between words."""
    image = _drawn("one " * 15)

    assert re.findall(r"<text class=\"example-r\d\"[^>]*>([^<\n]+)", image) == [
        "one&#160;" * 10,
        "one&#160;" * 5,
    ]


def test_text_that_moves_the_cursor_is_not_drawn() -> None:
    """An image shows no cursor, so a line that was overwritten would be wrong."""
    with pytest.raises(SiteError, match="example moves the cursor"):
        _drawn("one\n\x1b[1Atwo")


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        ("@import url(https://fonts.example/a.css)", "loads another file"),
        ('<image href="https://pictures.example/a.png"/>', "loads another file"),
        ("0123456789abcdef" * 6, "shows a signature or a secret"),
        ("demo-secret-of-initiator", "shows a signature or a secret"),
        (str(Path.home() / "config.toml"), "shows a path of this machine"),
        (".example-r9 { fill: #eeeeee", "the text #eeeeee is not legible on #ffffff"),
    ],
)
def test_rule_finds_what_an_image_must_not_have(added: str, problem: str) -> None:
    """Nothing of another host, no secret, no path of the machine, and no text that is hard to read."""
    [found] = problems_of(_drawn("text") + added)

    assert found.startswith(problem)


def test_secret_of_a_request_is_found_in_a_broken_line() -> None:
    """Each signature, payload and token that a capture has sent is searched, also across lines and colors."""
    secrets: set[str] = set()
    exchange = Exchange()
    account = exchange.account("initiator")
    with (
        served(exchange, secrets) as base_url,
        GeminiClearing(api_key=account.api_key, api_secret=account.api_secret, base_url=base_url) as clearing,
    ):
        clearing.list_orders()
        explained = clearing.explain("list_orders")
    [signature] = [one for one in secrets if re.fullmatch("[0-9a-f]{96}", one)]
    [payload] = [one for one in secrets if one.startswith("eyJ")]

    token = next(iter(demo_config().tokens)).token

    for secret in (signature, payload, account.api_secret, token):
        assert is_shown(secrets, f"a \x1b[1m{secret[:9]}\x1b[0m\r\n  {secret[9:]} b")
    assert not is_shown(secrets, explained.wire.decode())


def test_command_runs_in_a_terminal_of_the_width(tmp_path: Path) -> None:
    """The command has a terminal of this width and gets the reply, and its exit code is kept."""
    script = """
import os, sys
print(sys.stdout.isatty(), os.get_terminal_size().columns)
sys.exit(4 if input("? [y/N]\x1b[0m ") == "y" else 5)
"""

    printed = run_in_terminal(
        [sys.executable, "-I", "-S", "-c", script], name="a", columns=57, folder=tmp_path, variables={}, reply="y"
    )

    assert (printed.text, printed.code) == ("True 57\n? [y/N]\x1b[0m y\n", 4)


def test_command_without_the_expected_text_fails_the_build(tmp_path: Path) -> None:
    """The error names the command, and has what it printed."""
    with pytest.raises(SiteError, match="`a command` did not print 'text': other"):
        run_in_terminal(
            ["/bin/echo", "other"], name="a command", columns=80, folder=tmp_path, variables={}, until="text"
        )

"""The blocks of the documents that are neither Python nor console: a file of profiles, and a command of a shell."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gemini_clearing_auth import sign
from gemini_clearing_cli._profiles import read_profiles
from tests.docs.reading import ROOT, Block, blocks, rows

COMMAND_LINE, SIGNING = ROOT / "docs" / "command-line.md", ROOT / "docs" / "signing.md"


def _only(document: Path, language: str) -> Block:
    """Return the only block in a language that is not written into a named file."""
    found = [block for block in blocks(document) if block.language == language and not block.text.startswith("# ")]
    assert len(found) == 1
    return found[0]


def test_profiles_of_the_command_line_are_read(tmp_path: Path) -> None:
    """The command reads the documented file, and the table explains each of its keys."""
    file = tmp_path / "config.toml"
    file.write_text(_only(COMMAND_LINE, "toml").text, encoding="utf-8")
    file.chmod(0o600)

    read = read_profiles(file)

    explained = {key for row in rows(COMMAND_LINE, "Profiles") for key in re.findall(r"`(\w+)`", row[0])}
    secrets = {name for one in read.profiles.values() for name in ("api_secret", "oauth_token") if one.has_secret(name)}
    assert (read.default, list(read.profiles)) == ("desk", ["desk", "live"])
    assert {key for one in read.profiles.values() for key in one.settings} | secrets <= explained
    assert read.profiles["live"].settings["environment"] == "production"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the block calls openssl, which is not installed")
def test_shell_command_computes_the_signature_of_the_document() -> None:
    """The command prints the published signature of the published payload and secret."""
    (payload,) = set(re.findall(r'b"([A-Za-z0-9+/=]{60,})"', SIGNING.read_text(encoding="utf-8")))
    variables = {"PAYLOAD": payload, "SECRET": "1234abcd", "PATH": str(Path(str(shutil.which("openssl"))).parent)}

    done = subprocess.run(
        [str(shutil.which("sh")), "-c", _only(SIGNING, "bash").text],
        env=variables, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.split()[-1] == sign(payload.encode(), b"1234abcd")

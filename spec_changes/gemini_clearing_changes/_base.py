"""The state of the repository at BASE: spec, version and committed client, read from git."""

import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

import attrs
from ruamel.yaml import YAML

from gemini_clearing_generator import Spec

from ._errors import ChangesError, ShallowCloneError

__all__ = ["CLIENT", "LIBRARIES", "SPEC", "VERSION", "Base", "default_base", "version_in"]

SPEC = Path("openapi/clearing.yaml")
VERSION = Path("client_runtime/gemini_clearing_runtime/_version.py")
CLIENT = Path("generated_client/gemini_clearing")
LIBRARIES = (Path("client_runtime"), Path("auth_plugin"))
"""The hand-written packages of the client."""


@attrs.frozen
class Base:
    """A commit of a checkout."""

    root: Path
    ref: str

    def spec(self) -> Spec:
        """Return the spec at this commit."""
        return Spec(self.root / SPEC, YAML(typ="safe").load(self._show(SPEC)))

    def version(self) -> str:
        """Return the version that the version file has at this commit."""
        return version_in(self._show(VERSION))

    def extract_client(self, folder: Path) -> bool:
        """Write the committed client of this commit to a folder. Return whether there was one."""
        names = _git(self.root, "ls-tree", "--name-only", self.ref, f"{CLIENT}/").split()
        for name in [name for name in names if name.endswith(".py")]:
            target = folder / Path(name).relative_to(CLIENT.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self._show(Path(name)), "utf-8")
        return bool(names)

    def extract(self, folder: Path) -> None:
        """Write all files of this commit to a new folder, as tracked files: some tests list these."""
        folder.mkdir()
        archive = folder.with_suffix(".tar")
        _git(self.root, "archive", "--output", str(archive), self.ref)
        with tarfile.open(archive) as files:
            files.extractall(folder, filter="data")
        _git(folder, "init", "--quiet")
        _git(folder, "add", "--all", "--force")

    def has_changed(self, *paths: Path) -> bool:
        """Return whether committed files below the paths differ from those of this commit."""
        return bool(_git(self.root, "diff", "--name-only", self.ref, "--", *map(str, paths)))

    def _show(self, path: Path) -> str:
        return _git(self.root, "show", f"{self.ref}:{path.as_posix()}")


def default_base(root: Path) -> str:
    """
    Return the newest tag of a version, or the commit that last changed the version file.

    On the tag of a release, without uncommitted changes, it is the tag of the release before: else the workflow that
    publishes a release would compare it with itself.
    """
    if _git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
        # The oldest commit of a shallow clone seems to have changed every file, so it would be compared with itself.
        raise ShallowCloneError(
            "BASE: this clone is shallow, so the last release may be missing. Fetch the history and the tags: "
            "git fetch --unshallow --tags. In a workflow, set `fetch-depth: 0` for actions/checkout"
        )
    before = [] if _git(root, "diff", "--name-only", "HEAD") else ["--no-contains", "HEAD"]
    tags = _git(root, "tag", "--list", "v[0-9]*", "--merged", "HEAD", *before, "--sort=-version:refname").split()
    commits = [] if tags else _git(root, "log", "-1", "--format=%h", "--", VERSION.as_posix()).split()
    if not tags + commits:
        raise ChangesError(
            "BASE: no version tag, and no commit of the version file. Fetch the history: git fetch --unshallow"
        )
    return (tags + commits)[0]


def version_in(text: str) -> str:
    """Return the version that a version file states."""
    found = re.search(r'^__version__ = "(\d+\.\d+\.\d+)"$', text, flags=re.MULTILINE)
    if not found:
        raise ChangesError(f"{VERSION}: no version of the form 1.2.3. Correct the file")
    return found[1]


def _git(root: Path, *arguments: str) -> str:
    with tempfile.TemporaryFile() as errors:
        done = subprocess.run(  # noqa: S603  (git, with arguments that are not run by a shell)
            ["git", "-C", str(root), *arguments],  # noqa: S607  (the git of the developer)
            stdout=subprocess.PIPE,
            stderr=errors,
            check=False,
        )
        errors.seek(0)
        message = errors.read().decode("utf-8", "replace").strip()
    if done.returncode:
        raise ChangesError(f"git {' '.join(arguments)}: {message}. Choose another BASE, or fetch the history")
    return done.stdout.decode("utf-8")

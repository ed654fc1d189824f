"""The packages of the client import a module when one of its names is used first; their users notice no difference."""

import ast
import importlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import gemini_clearing
from gemini_clearing import PlacedOrder
from gemini_clearing_auth._lazy_names import lazy_names

# The public names that each package imports immediately.
PACKAGES = {"gemini_clearing": set(), "gemini_clearing_auth": set(), "gemini_clearing_runtime": {"lazy_names"}}
# Modules of the async client, of connections, of the journal, and of nonces that processes share.
NOT_NEEDED = (
    *("asyncio", "gemini_clearing._async_client", "gemini_clearing_runtime._async_client"),
    *("h11", "gemini_clearing_auth._file_nonces", "gemini_clearing_auth._redis_nonces"),
    *("sqlite3", "concurrent.futures", "gemini_clearing_runtime._journal_file"),
)
BLOCKING_CALL = f"""
import sys
import httpx
from gemini_clearing import GeminiClearing
transport = httpx.MockTransport(lambda request: httpx.Response(500))
GeminiClearing(api_key="account-demo", api_secret="demo-secret", transport=transport)
print([name for name in {NOT_NEEDED} if name in sys.modules])
"""
# attrs compiles the methods of a class at import, which takes thirty times as long as a class of msgspec.
ATTRS_CLASSES = """
import gc
import gemini_clearing
for name in gemini_clearing.__all__:
    getattr(gemini_clearing, name)
classes = {cls for cls in gc.get_objects() if isinstance(cls, type) and "__attrs_attrs__" in vars(cls)}
print(*sorted({cls.__name__ for cls in classes if cls.__module__.startswith("gemini_clearing_runtime")}))
"""
THREADS = """
import threading
import gemini_clearing
names, found, start = [*gemini_clearing.__all__] * 2, [], threading.Barrier(16)
def use(own):
    start.wait()
    found.extend((name, id(getattr(gemini_clearing, name))) for name in own)
threads = [threading.Thread(target=use, args=(names[number::16],)) for number in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(found) == len(names), len(found)
assert len(set(found)) == len(gemini_clearing.__all__), "two objects of one name"
"""
INSPECTED = """
import gemini_clearing
assert set(gemini_clearing.__all__) <= set(dir(gemini_clearing))
import pickle, sys
print(pickle.loads(sys.stdin.buffer.read()))
"""


def run(program: str, given: bytes = b"") -> str:
    """Run a program in a new process, in which nothing of the client is imported, and return what it prints."""
    done = subprocess.run([sys.executable, "-c", program], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def declared(package: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the module of each lazy name of a package: as type checkers read it, and as it is at run time."""
    tree = ast.parse(Path(str(importlib.import_module(package).__file__)).read_text("utf-8"))
    checked, lazy = (statement for statement in tree.body if isinstance(statement, ast.If))
    imports = {
        alias.name: "." * statement.level + (statement.module or "")
        for statement in checked.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    table = next(node for node in ast.walk(lazy) if isinstance(node, ast.Dict))
    return imports, {name: home for home, names in ast.literal_eval(table).items() for name in names}


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_and_programs_find_each_name_in_the_same_module(package: str) -> None:
    """The imports for type checkers, the table of lazy names, and `__all__` have the same names and modules."""
    imports, homes = declared(package)

    assert imports == homes
    assert set(importlib.import_module(package).__all__) == homes.keys() | PACKAGES[package]


def test_blocking_client_imports_neither_asyncio_nor_what_it_does_not_use() -> None:
    """A program with the blocking client and its own transport loads no asyncio, h11, sqlite3 and shared nonces."""
    assert run(BLOCKING_CALL) == "[]"


def test_runtime_has_few_attrs_classes() -> None:
    """The classes of the runtime are structs of msgspec, except for the base of all responses."""
    assert run(ATTRS_CLASSES) == "Response"


def test_threads_may_use_names_first_at_the_same_time() -> None:
    """Threads that use the names first, at the same time and in different orders, get the same objects."""
    run(THREADS)


def test_names_are_listed_and_unpickled_before_they_are_used() -> None:
    """`dir` lists every public name, and an object is unpickled, before the process has used any name."""
    order = PlacedOrder(clearing_id="A1")

    assert run(INSPECTED, pickle.dumps(order)) == repr(order)


def test_star_import_binds_every_public_name() -> None:
    """`from gemini_clearing import *` binds the names of `__all__`."""
    names: dict[str, object] = {}
    exec("from gemini_clearing import *", names)  # noqa: S102  (only a statement at module level can do it)

    assert set(gemini_clearing.__all__) <= names.keys()


def test_submodules_are_attributes_of_their_package() -> None:
    """`import gemini_clearing` is enough for `gemini_clearing.errors`, as in `except gemini_clearing.errors.…`."""
    program = "import {0}; print({0}.errors.ClearingError.__module__)"

    assert {run(program.format(package)) for package in PACKAGES} == {"gemini_clearing_auth.errors"}


def test_unknown_name_is_an_attribute_error() -> None:
    """A name that does not exist raises `AttributeError` with the name, which Python turns into a suggestion."""
    with pytest.raises(AttributeError, match="module 'gemini_clearing' has no attribute 'GeminiClearin'") as raised:
        gemini_clearing.GeminiClearin  # type: ignore[attr-defined]  # noqa: B018  (type checkers must reject it, too)

    assert (raised.value.name, raised.value.obj) == ("GeminiClearin", gemini_clearing)


def test_failed_import_is_not_hidden() -> None:
    """If the module of a name cannot be imported, the error is that of the import, not a missing attribute."""
    find, _ = lazy_names("gemini_clearing", {"no_module_of_this_name": ("Name",)})

    with pytest.raises(ModuleNotFoundError, match="no_module_of_this_name"):
        find("Name")

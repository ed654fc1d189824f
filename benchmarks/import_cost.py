"""
Duration of the client's import divided by that of `import httpx`, and of each with a ready client and a first call.

`import gemini_clearing` imports a module when one of its names is used first. So the row that matters to a program is
`from gemini_clearing import GeminiClearing`. It needs httpx and msgspec, whose row is a lower bound. The rows below it
divide its time into its parts, as `python -X importtime` measures them.
The constructor of the first client imports the rest, among it attrs and the models. The rows with a constructor and
with a first call show what the import of the class only postpones until then.

Each import runs in a new process, with compiled modules, as after an installation. `httpx` is imported without
the packages of its command line, which users of a client do not have.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Container, Iterator
from pathlib import Path
from statistics import median

from benchmarks._compiled import compiled
from benchmarks._ratio import Ratio

__all__ = ["ratios"]

_ROUNDS, _PROFILED = 15, 5
_OF_MSGSPEC = ("typing_extensions", "uuid", "_uuid", "platform")

_PROGRAM = """
import sys, time
sys.modules["click"] = None
started_s = time.process_time()
{}
print(time.process_time() - started_s)
"""
_PEER, _PACKAGE, _CLIENT = "import httpx", "import gemini_clearing", "from gemini_clearing import GeminiClearing"
_CLASS_LIBRARIES, _LIBRARIES = "import httpx, msgspec", "import httpx, attrs, msgspec"
_OWN_READY = f"{_CLIENT}\nGeminiClearing(api_key='account-demo', api_secret='demo-secret')"
_PEER_READY = f"{_PEER}\nhttpx.Client()"
_RESPONSE = 'lambda request: httpx.Response(200, content=b\'{"status": "Settled"}\')'
_OWN_CALL = f"""
{_CLIENT}
import httpx
client = GeminiClearing(
    api_key="account-demo", api_secret="demo-secret", transport=httpx.MockTransport({_RESPONSE})
)
assert client.get_order(clearing_id="P0521QDV").status == "Settled"
"""
_PEER_CALL = f"""
{_PEER}
client = httpx.Client(transport=httpx.MockTransport({_RESPONSE}))
assert client.post("https://exchange.test/v1/clearing/status").json() == {{"status": "Settled"}}
"""


def ratios() -> Iterator[Ratio]:
    """Measure the imports in turn."""
    programs = (
        *(_PACKAGE, _CLIENT, _CLASS_LIBRARIES, _LIBRARIES, _PEER),
        *(_OWN_READY, _PEER_READY, _OWN_CALL, _PEER_CALL),
    )
    with tempfile.TemporaryDirectory() as cache:
        rounds = [[_duration_s(program, cache) for program in programs] for _ in range(_ROUNDS + 1)][1:]
        shares = _shares(cache)
    durations_s = map(list, zip(*rounds, strict=True))
    package_s, client_s, class_libraries_s, libraries_s, peer_s, *ready_s, own_call_s, peer_call_s = durations_s
    own_ready_s, peer_ready_s = ready_s
    yield _ratio("import gemini_clearing / import httpx", package_s, peer_s, at_most=1.45)
    yield _ratio("from gemini_clearing import GeminiClearing / import httpx", client_s, peer_s, at_most=1.45)
    for name, share in shares.items():
        part_s = [share * second for second in client_s]
        yield _ratio(f"of that, {name}", part_s, peer_s)
    yield _ratio("import httpx, msgspec / import httpx", class_libraries_s, peer_s)
    yield _ratio("import httpx, attrs, msgspec / import httpx", libraries_s, peer_s)
    yield _ratio("import and GeminiClearing(…) / import and httpx.Client()", own_ready_s, peer_ready_s, at_most=1.2)
    yield _ratio("import and a first call in-process / the same with httpx.Client", own_call_s, peer_call_s)


def _ratio(name: str, own_s: list[float], peer_s: list[float], *, at_most: float | None = None) -> Ratio:
    ratio = median(own / peer for own, peer in zip(own_s, peer_s, strict=True))
    return Ratio(name, ratio, f"{median(own_s) * 1e3:.0f} / {median(peer_s) * 1e3:.0f} ms", at_most=at_most)


def _duration_s(program: str, cache: str) -> float:
    """Run a program, and return the processor time of its statements."""
    command = [sys.executable, "-c", _PROGRAM.format(program)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, env=compiled(cache), capture_output=True, text=True, check=True)
    return float(done.stdout)


def _shares(cache: str) -> dict[str, float]:
    """Return the parts of the import of the class, as shares of its time, largest first."""
    peer, _ = _profile(_PEER, cache)
    totals: Counter[str] = Counter()
    for _ in range(_PROFILED):
        times_us, total_us = _profile(_CLIENT, cache)
        parts = Counter({"the modules of this project": total_us})
        for name, time_us in times_us.items():
            parts[_part(name, peer)] += time_us
            parts["the modules of this project"] -= time_us
        totals += parts
    return {part: time_us / totals.total() for part, time_us in totals.most_common()}


def _part(module: str, peer: Container[str]) -> str:
    if module in peer:
        return "httpx and its imports"
    return "msgspec and its imports" if module in _OF_MSGSPEC or module.startswith("msgspec") else "other modules"


def _profile(program: str, cache: str) -> tuple[dict[str, int], int]:
    """
    Return the microseconds that other projects' modules take to import, each without its imports, and those of all.

    Python does not list the modules that `importlib.import_module` has been called for, such as some of this project.
    """
    # Like Python's own list, by the clock.
    timed = _PROGRAM.format(program).replace("process_time", "perf_counter")
    command = [sys.executable, "-X", "importtime", "-c", timed]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, env=compiled(cache), capture_output=True, text=True, check=True)
    lines = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines()[1:]]
    times_us = {name.strip(): int(own) for own, _, name in lines}
    names = list(times_us)
    of_program = names[names.index("site") + 1 :]  # before it are the modules of the interpreter's own start
    others = {name: times_us[name] for name in of_program if not name.startswith("gemini_clearing")}
    return others, round(float(done.stdout) * 1e6)

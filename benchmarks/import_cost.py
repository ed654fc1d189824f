"""
Duration of the client's import divided by that of `import httpx`, and of each with a ready client and a first call.

`import gemini_clearing` imports a module when one of its names is used first. So the row that matters to a program is
`from gemini_clearing import GeminiClearing`. It needs httpx, attrs and msgspec, whose row is a lower bound.
The row with a first call shows what an import only postpones until then.

Each import runs in a new process, with compiled modules, as after an installation. `httpx` is imported without
the packages of its command line, which users of a client do not have.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks._compiled import compiled
from benchmarks._ratio import Ratio

__all__ = ["ratios"]

_ROUNDS = 15

_PROGRAM = """
import sys, time
sys.modules["click"] = None
started_s = time.process_time()
{}
print(time.process_time() - started_s)
"""
_PEER, _PACKAGE, _CLIENT = "import httpx", "import gemini_clearing", "from gemini_clearing import GeminiClearing"
_LIBRARIES = "import httpx, attrs, msgspec"
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
    programs = (_PACKAGE, _CLIENT, _LIBRARIES, _PEER, _OWN_READY, _PEER_READY, _OWN_CALL, _PEER_CALL)
    with tempfile.TemporaryDirectory() as cache:
        rounds = [[_duration_s(program, cache) for program in programs] for _ in range(_ROUNDS + 1)][1:]
    durations_s = map(list, zip(*rounds, strict=True))
    package_s, client_s, libraries_s, peer_s, own_ready_s, peer_ready_s, own_call_s, peer_call_s = durations_s
    yield _ratio("import gemini_clearing / import httpx", package_s, peer_s, at_most=1.45)
    yield _ratio("from gemini_clearing import GeminiClearing / import httpx", client_s, peer_s, at_most=1.45)
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

"""The settings of hypothesis, of the garbage collector and of TLS for all tests, and a check of their threads."""

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
from hypothesis import settings

# A property fails for its rule, never for the time of one example on a busy machine: `make bench` has the times.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")


def pytest_sessionstart() -> None:
    """Collect no garbage during the imports: it takes a third of their time, in each worker."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Exempt the modules and the 7,700 collected tests from the collections during the tests."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def _one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    first, end, _ = Path(certifi.where()).read_text("ascii").partition("-----END CERTIFICATE-----\n")
    file = tmp_path_factory.mktemp("certificates") / "authority.pem"
    file.write_text(first + end, "ascii")
    return file


@pytest.fixture(scope="module", autouse=True)
def few_certificates(_one_authority: Path) -> Iterator[None]:
    """Let clients trust one authority only: each client of httpx takes 30 ms to read those of the system."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(_one_authority))
        patch.delenv("SSL_CERT_DIR", raising=False)
        yield


def _cpu_s(thread: threading.Thread) -> float:
    """Return the CPU time of a thread; 0 if it has ended, or on a system without `/proc` (proc(5))."""
    try:
        fields = Path(f"/proc/self/task/{thread.native_id}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module", autouse=True)
def no_busy_threads() -> Iterator[None]:
    """Fail if a thread that still runs after a module has used a second of CPU time: it slows every later test."""
    yield
    others = (thread for thread in threading.enumerate() if thread is not threading.main_thread())
    assert [f"{thread.name}: {_cpu_s(thread):.1f} s" for thread in others if _cpu_s(thread) > 1] == []

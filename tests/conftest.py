"""The settings of hypothesis, of the garbage collector and of TLS for all tests."""

import gc
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

"""The settings of hypothesis and of the garbage collector for all tests."""

import gc

from hypothesis import settings

# A property fails for its rule, never for the time of one example on a busy machine: `make bench` has the times.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")


def pytest_sessionstart() -> None:
    """Collect no garbage during the imports: it takes a third of their time, in each worker."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Exempt the modules and the 7,700 collected tests from the collections during the tests."""
    gc.collect()
    gc.freeze()
    gc.enable()

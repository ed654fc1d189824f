"""The settings of hypothesis for all tests."""

from hypothesis import settings

# A property fails for its rule, never for the time of one example on a busy machine: `make bench` has the times.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")

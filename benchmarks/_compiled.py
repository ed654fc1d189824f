"""The environment of a process whose modules are compiled, as after an installation."""

import os

__all__ = ["compiled"]


def compiled(cache: str) -> dict[str, str]:
    """Return the environment variables; the compiled modules are in the folder `cache`."""
    # Containers often set the first variable. Then each process compiles every module again.
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": cache}

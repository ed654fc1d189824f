"""What clients with the same key share, and what becomes of it in a forked process."""

import os
import subprocess
import sys

import pytest

from gemini_clearing_auth._sessions import session_of


def test_session_is_one_per_key() -> None:
    """The same key means the same turns and nonces; another key means others."""
    assert session_of("account-one") is session_of("account-one")
    assert session_of("account-one") is not session_of("account-two")


FORK = """
import os
from gemini_clearing_auth._sessions import session_of
from gemini_clearing_auth._turns import ThreadTurn

turns = session_of("account-fork").turns
turns.wait(ThreadTurn(), None)
child = os.fork()
if child == 0:
    session_of("account-fork").turns.wait(ThreadTurn(), 0)
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_session_is_free_in_a_forked_process() -> None:
    """A turn that was held while the process forked does not block the child."""
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=30, check=True)

    assert done.stdout == "7\n"

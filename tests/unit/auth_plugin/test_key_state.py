"""State that clients with the same key share, also in a forked process."""

import os
import subprocess
import sys

import pytest

from gemini_clearing_auth._key_state import key_state_of


def test_key_state_is_one_per_key() -> None:
    """Clients with the same key share one lock and one source; clients with other keys do not."""
    assert key_state_of("account-one") is key_state_of("account-one")
    assert key_state_of("account-one") is not key_state_of("account-two")


FORK = """
import os
from gemini_clearing_auth._key_state import key_state_of
from gemini_clearing_auth._key_lock import ThreadWaiter

lock = key_state_of("account-fork").lock
lock.acquire(ThreadWaiter(), None)
child = os.fork()
if child == 0:
    key_state_of("account-fork").lock.acquire(ThreadWaiter(), 0)
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_lock_is_free_in_a_really_forked_process() -> None:
    """A lock that was held at the time of a fork does not block the child."""
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=30, check=True)

    assert done.stdout == "7\n"


DRAWING = """
import os, threading
from gemini_clearing_auth import IncrementalNonces, TimeBasedNonces

drawing, forked = threading.Event(), threading.Event()

def clock():
    # The first draw is in the middle while the process forks.
    if not drawing.is_set():
        drawing.set()
        forked.wait(20)
    return 10**18

for kind in (IncrementalNonces, TimeBasedNonces):
    drawing.clear(), forked.clear()
    nonces = kind(clock_ns=clock)
    thread = threading.Thread(target=nonces.next)
    thread.start()
    drawing.wait(20)
    child = os.fork()
    if child == 0:
        nonces.next()
        os._exit(7)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    forked.set()
    thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_forked_child_draws_although_a_thread_was_drawing() -> None:
    """A fork in the middle of another thread's draw does not block the child's draws."""
    done = subprocess.run([sys.executable, "-c", DRAWING], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "7\n7\n"

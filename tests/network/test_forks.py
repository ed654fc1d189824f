"""
A connection is never used on both sides of a fork.

Each test runs a program that forks, because the process of the tests has threads.
"""

import json
import subprocess
import sys
import threading

import pytest

from tests.network.servers import read_request, response, serve

# Makes `kind`, `url`, `client` and `say`; a request carries its sender, and the server sends it back.
START = """
import asyncio, json, os, ssl, sys, threading, time
import httpx
from gemini_clearing_runtime._route import Route
from gemini_clearing_runtime._async_transport import AsyncNetworkTransport
from gemini_clearing_runtime._transport import NetworkTransport

kind, port, ca = sys.argv[1], int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=ca) if ca else None
url = f"{'https' if ca else 'http'}://127.0.0.1:{port}/"
route = Route(host="127.0.0.1", port=port, ssl_context=context)
client = httpx.AsyncClient(transport=AsyncNetworkTransport(route)) if kind == "async" else httpx.Client(
    transport=NetworkTransport(route))

def post(who, times=1):
    posts = (client.post(url, headers={"X-Sender": who}, timeout=5) for _ in range(times))
    return asyncio.run(wait(posts)) if kind == "async" else {post.text for post in posts}

async def wait(posts):
    return {(await post).text for post in posts}

def say(**facts):
    os.write(1, json.dumps(facts).encode() + b"\\n")
"""

END = """
asyncio.run(client.aclose()) if kind == "async" else client.close()
"""

BOTH_SIDES = """
first = post("first")
child = os.fork()
who = "parent" if child else "child"
say(who=who, texts=sorted(post(who, 50)), first=sorted(first))
if not child:
    os._exit(0)
os.waitpid(child, 0)
"""

CHILD_ALONE = """
post("first")
child = os.fork()
if not child:
    os._exit(0)  # without a call: leaving must not disturb the parent's connection either
os.waitpid(child, 0)
say(who="parent", texts=sorted(post("parent")))
"""

DURING_A_CALL = """
texts = []
call = threading.Thread(target=lambda: texts.extend(post("slow")))
call.start()
time.sleep(0.1)
child = os.fork()
if not child:
    say(who="child", texts=sorted(post("child")))
    os._exit(0)
os.waitpid(child, 0)
call.join()
say(who="parent", texts=texts)
"""

IN_A_SIGNAL_HANDLER = """
import signal
children = []

def fork(*_):
    children.append(os.fork())

signal.signal(signal.SIGALRM, fork)
signal.setitimer(signal.ITIMER_REAL, 0.1)
try:
    (text,) = post("slow")
except Exception as error:
    text = type(error).__name__
say(who="parent" if children[0] else "child", texts=[text])
if not children[0]:
    os._exit(0)
os.waitpid(children[0], 0)
"""


@pytest.fixture(params=["plain", "tls"])
def forking(request, kind, tmp_path, authority, server_context):
    """Return a function that runs a program, and returns each side's texts and the senders by connection."""
    ca = ""
    if request.param == "tls":
        ca = str(tmp_path / "ca.pem")
        authority.cert_pem.write_to_path(ca)

    def run(program):
        senders: list[set[bytes]] = []

        def script(connection):
            senders.append(mine := set())
            while head := read_request(connection):
                sender = head.split(b"X-Sender: ")[1].split(b"\r\n")[0]
                mine.add(sender)
                if sender == b"slow":
                    threading.Event().wait(0.4)
                connection.sendall(response(sender))

        with serve(script, server_context if ca else None) as server:
            command = [sys.executable, "-W", "error::ResourceWarning", "-c", START + program + END]
            ended = subprocess.run(
                [*command, kind, str(server.port), ca], capture_output=True, text=True, timeout=20, check=False
            )
            assert (ended.stderr, ended.returncode) == ("", 0)
            texts = {fact["who"]: fact["texts"] for fact in map(json.loads, ended.stdout.splitlines())}
            assert server.connections == len(senders)
            return texts, senders

    return run


def test_parent_and_child_have_their_own_connections(forking, kind):
    """Both sides call at the same time, and each gets the responses to its own requests."""
    texts, senders = forking(BOTH_SIDES)

    assert texts == {"parent": ["parent"], "child": ["child"]}
    assert all(not {b"parent", b"child"} <= mine for mine in senders)
    if kind == "sync":  # every `asyncio.run` has a new event loop, and a new connection
        assert len(senders) == 2


def test_child_that_ends_leaves_the_connection_to_its_parent(forking, kind):
    """The end of the child does not end TLS on the parent's connection."""
    texts, senders = forking(CHILD_ALONE)

    assert texts == {"parent": ["parent"]}
    if kind == "sync":
        assert len(senders) == 1


def test_fork_during_a_call_of_another_thread_does_not_disturb_it(forking):
    """The child connects again, and the parent's call gets its response."""
    texts, _ = forking(DURING_A_CALL)

    assert texts == {"parent": ["slow"], "child": ["child"]}


def test_child_of_a_fork_in_the_middle_of_a_call_does_not_take_the_response(forking, kind):
    """A fork in a signal handler doubles the call itself: the parent's continues, the child's fails."""
    if kind == "sync":  # asyncio does not support a fork inside a running event loop
        texts, _ = forking(IN_A_SIGNAL_HANDLER)

        assert texts == {"parent": ["slow"], "child": ["ReadError"]}

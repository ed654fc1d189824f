"""The addresses on which a server listens."""

import socket

import pytest

from gemini_clearing_mock.errors import ControlError
from gemini_clearing_mock.server import _listen
from gemini_clearing_mock.server._listen import listen

V4, V6 = (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")


def has_ipv6():
    """Return whether this machine has an IPv6 loopback address."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.fixture
def resolves_to(monkeypatch):
    """Let the host name `both.test` have these addresses."""

    def set_addresses(*addresses):
        infos = [(family, socket.SOCK_STREAM, 6, "", (address, 0)) for family, address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: infos)

    return set_addresses


def ports(listeners):
    """Close the sockets; return their families and ports."""
    found = [(listener.family, listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        listener.close()
    return found


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
@pytest.mark.parametrize("addresses", [(V4, V6), (V6, V4), (V4, V6, V4, V6)])
def test_host_name_means_all_its_addresses(resolves_to, addresses):
    """A name with an IPv4 and an IPv6 address, such as `localhost`, is served on both, with one port."""
    resolves_to(*addresses)

    (first, port), (second, other) = ports(listen("localhost", 0))

    assert (first, second, port) == (socket.AF_INET, socket.AF_INET6, other)


def test_address_that_the_machine_lacks_is_left_out(resolves_to):
    """An address of the name that is not this machine's is left out, if another one works."""
    resolves_to(V4, (socket.AF_INET, "192.0.2.1"))

    assert [family for family, _ in ports(listen("both.test", 0))] == [socket.AF_INET]


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
def test_port_taken_on_one_address_is_reported(resolves_to):
    """A port that another program has on one address is an error: clients would reach that program."""
    resolves_to(V4, V6)
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ControlError, match=f"cannot listen on localhost:{port}: Address already in use"):
            listen("localhost", port)


def test_free_port_is_chosen_again_if_taken_on_the_second_address(resolves_to, monkeypatch):
    """If the free port of the first address is taken on the second one, another port is tried."""
    resolves_to(V4, V6)
    calls = []

    class Listener:
        def close(self):
            calls.append("closed")

        def getsockname(self):
            return ("", 1000 + len(calls))

    def create_server(address, **options):
        calls.append(address)
        if len(calls) == 2:
            raise OSError(98, "Address already in use")
        return Listener()

    monkeypatch.setattr(_listen.socket, "create_server", create_server)

    assert len(listen("localhost", 0)) == 2
    assert calls == [("127.0.0.1", 0), ("::1", 1001), "closed", ("127.0.0.1", 0), ("::1", 1004)]


def test_empty_host_is_rejected():
    """An empty host would be every interface, and is rejected."""
    with pytest.raises(ControlError, match=r"invalid --host '': it would be every interface\. Use 127"):
        listen("", 0)


def test_unknown_host_is_reported():
    """A host name without an address is reported."""
    with pytest.raises(ControlError, match=r"invalid --host 'no such host': "):
        listen("no such host", 0)

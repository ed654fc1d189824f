"""The proxy of a client: from the option, from the environment, and never for this machine."""

import pytest

from gemini_clearing_runtime._proxies import choose_proxy
from gemini_clearing_runtime._route import Proxy
from gemini_clearing_runtime.errors import ArgumentError

PROXY = "http://proxy.test:3128"
NAMES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"]


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Start with an empty environment, and set variables for one test."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def put(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return put


def choose(option=None, host="api.gemini.test", port=443, scheme="https"):
    """Choose the proxy for an exchange, and return its text; None for a direct connection."""
    proxy = choose_proxy(option, scheme=scheme, host=host, port=port)
    return None if proxy is None else str(proxy)


@pytest.mark.parametrize(
    ("option", "proxy"),
    [
        (PROXY, Proxy(host="proxy.test", port=3128)),
        ("proxy.test:3128", Proxy(host="proxy.test", port=3128)),
        ("proxy.test", Proxy(host="proxy.test", port=80)),
        ("https://proxy.test/", Proxy(host="proxy.test", port=443, is_tls=True)),
        ("http://[::1]:3128", Proxy(host="::1", port=3128)),
        ("http://u:p%40x@proxy.test", Proxy(host="proxy.test", port=80, authorization=b"Basic dTpwQHg=")),
        ("http://u@proxy.test", Proxy(host="proxy.test", port=80, authorization=b"Basic dTo=")),
    ],
)
def test_url_of_a_proxy_is_read_as_curl_reads_it(option, proxy):
    """Without a scheme it is http; user and password are percent-decoded, and not shown anywhere."""
    chosen = choose_proxy(option, scheme="https", host="api.gemini.test", port=443)

    assert chosen == proxy
    assert "u:" not in repr(chosen) + str(chosen)
    assert "Basic" not in repr(chosen) + str(chosen)


def test_proxy_that_is_an_ipv6_address_is_shown_in_brackets():
    """`str` is a URL again."""
    assert choose("http://[::1]:3128") == "http://[::1]:3128"


@pytest.mark.parametrize(
    ("variables", "proxy"),
    [
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"https_proxy": PROXY}, PROXY),
        ({"ALL_PROXY": PROXY}, PROXY),
        ({"all_proxy": PROXY}, PROXY),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://other.test"}, PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other.test"}, PROXY),
        ({"HTTPS_PROXY": " "}, None),
        ({"HTTPS_PROXY": "", "ALL_PROXY": PROXY}, PROXY),
        ({"HTTP_PROXY": PROXY}, None),
        ({"HTTP_PROXY": "foo://not used"}, None),
        ({}, None),
    ],
)
def test_environment_names_the_proxy_if_the_option_does_not(variables, proxy, environment):
    """The variable of the scheme takes precedence; one for another scheme is neither used nor checked."""
    environment(**variables)

    assert choose() == proxy
    assert choose("http://option.test:1") == "http://option.test:1"


@pytest.mark.parametrize(
    "host", ["localhost", "a.localhost", "LOCALHOST.", "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_loopback_never_goes_through_a_proxy(host, scheme, environment):
    """Key and signature of a request to this machine stay on it, in spite of variables and option."""
    environment(HTTP_PROXY=PROXY, HTTPS_PROXY="foo://not used", ALL_PROXY=PROXY)

    assert choose(host=host, scheme=scheme) is None
    assert choose(PROXY, host=host, scheme=scheme) is None


@pytest.mark.parametrize("host", ["127.0.0.1.test", "localhost.test", "10.0.0.1", "::2"])
def test_other_hosts_are_not_loopback(host):
    """A name that only looks like this machine is another one."""
    assert choose(PROXY, host=host) == PROXY


@pytest.mark.parametrize(
    ("exceptions", "host", "is_direct"),
    [
        ("*", "api.gemini.test", True),
        ("api.gemini.test", "api.gemini.test", True),
        ("gemini.test", "api.gemini.test", True),
        (".gemini.test", "api.gemini.test", True),
        ("*.gemini.test", "api.gemini.test", True),
        ("GEMINI.test", "API.gemini.test", True),
        ("emini.test", "api.gemini.test", False),
        ("api.gemini.test.", "api.gemini.test", True),
        ("https://api.gemini.test", "api.gemini.test", True),
        ("api.gemini.test:443", "api.gemini.test", True),
        ("api.gemini.test:80", "api.gemini.test", False),
        ("a.test, b.test gemini.test", "api.gemini.test", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("[fd00::1]:443", "fd00::1", True),
        ("fd00::/8", "fd00::1", True),
        ("10.0.0.0/8", "api.gemini.test", False),
        (",", "api.gemini.test", False),
    ],
)
def test_no_proxy_lists_hosts_domains_and_networks(exceptions, host, is_direct, environment):
    """A listed host is reached directly; the option is not affected."""
    environment(HTTPS_PROXY=PROXY, NO_PROXY=exceptions)

    assert choose(host=host) == (None if is_direct else PROXY)
    assert choose(PROXY, host=host) == PROXY


@pytest.mark.parametrize("entry", ["10.0.0.0/99", "[", "a/b", "host:port", "a@b"])
def test_no_proxy_that_cannot_be_understood_is_an_error(entry, environment):
    """The message names the variable and the entry."""
    environment(HTTPS_PROXY=PROXY, no_proxy=f"a.test,{entry}")

    with pytest.raises(ArgumentError) as invalid:
        choose()
    assert str(invalid.value) == (
        f"no_proxy: {entry!r} is not a host. Use hosts, domains or networks, separated by commas."
    )


@pytest.mark.parametrize(
    ("value", "shown", "problem"),
    [
        ("ftp://proxy.test", "ftp://proxy.test", "has a scheme other than http and https"),
        ("socks5://proxy.test:1080", "socks5://proxy.test:1080", "has a scheme other than http and https"),
        ("http://", "http://", "has no host"),
        ("://", "://", "has a scheme other than http and https"),
        ("http://proxy.test:99999", "http://proxy.test:99999", "is not a URL"),
        ("http://proxy.test:0", "http://proxy.test:0", "has the port 0"),
        ("http://[::1", "http://[::1", "is not a URL"),
        ("proxy.test:x", "proxy.test:…", "is not a URL"),
        ("http://proxy .test", "http://proxy .test", "contains white space or control characters"),
        ("http://user:hunter2@proxy.test:x", "http://…@proxy.test:…", "is not a URL"),
        ("user:hunter2@[proxy", "…@[proxy", "is not a URL"),
        ("http://user:hunter2", "http://user:…", "is not a URL"),
        ("ftp://user:hun@ter2@proxy.test", "ftp://…@proxy.test", "has a scheme other than http and https"),
    ],
)
def test_invalid_proxy_is_an_error_that_names_it_and_hides_the_password(value, shown, problem, environment):
    """The same for the option and for a variable; nothing of httpx's or urllib's own leaves."""
    environment(ALL_PROXY=value)

    for name, option in (("proxy", value), ("ALL_PROXY", None)):
        with pytest.raises(ArgumentError) as invalid:
            choose(option)
        assert str(invalid.value) == f"{name} {shown!r} {problem}. Use a URL such as http://proxy.example:3128."
        assert invalid.value.__cause__ is None
        assert "hunter2" not in str(invalid.value)


def test_option_that_is_not_text_is_an_error():
    """Another type is named, and never shown: it may hold a password."""
    with pytest.raises(ArgumentError, match=r"^invalid proxy: 5\. Use a URL such as"):
        choose(5)
    with pytest.raises(ArgumentError, match=r"^invalid proxy: bytes\. Use a URL such as"):
        choose(b"http://u:hunter2@proxy.test")

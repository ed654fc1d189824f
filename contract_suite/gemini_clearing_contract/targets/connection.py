"""
How a server is reached: its address, the certificates of TLS, and proxies.

`SSL_CERT_FILE`, `SSL_CERT_DIR`, `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are read from the environment,
but not `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE`, which belong to requests and curl. Requests to this machine never use
a proxy: no proxy elsewhere can reach its loopback address.
"""

import ipaddress
import os
import ssl
from pathlib import Path

import httpx
from attrs import frozen
from requests.utils import get_environ_proxies, select_proxy

from ..errors import TargetError

__all__ = ["Certificates", "Connection", "address_of", "open_connection"]

EXAMPLE = "Give one like https://host:8443/prefix."


@frozen
class Certificates:
    """The files that TLS needs: the authorities that the server is verified by, and the client's own certificate."""

    authorities: Path | None = None
    certificate: Path | None = None
    # The private key of the certificate, unless it is in the same file.
    key: Path | None = None


def address_of(base_url: str) -> httpx.URL:
    """
    Return the address of a server; a path of it is the prefix of every request's path.

    Raises:
        TargetError: It is not the address of a server.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        # The address may contain a password, and cannot be parsed to find it.
        shown = base_url if "@" not in base_url else "the target"
        raise TargetError(f"{shown}: not an address ({error}). {EXAMPLE}") from error
    if url.userinfo:
        # httpx would send them as a second authentication.
        raise TargetError(f"{_plain(url)}: a target has no user name and no password. Leave them out.")
    if url.scheme not in {"http", "https"} or not url.host:
        raise TargetError(f"{base_url}: not an address with http:// or https://. {EXAMPLE}")
    if url.port not in {None, *range(1, 65536)}:
        raise TargetError(f"{base_url}: the port is not between 1 and 65535.")
    if not _is_host(url.host):
        raise TargetError(f"{base_url}: not the name of a host. {EXAMPLE}")
    if "?" in base_url or "#" in base_url:
        raise TargetError(f"{base_url}: a target has no query and no fragment. Leave them out.")
    return url


def _plain(url: httpx.URL) -> str:
    """Return an address without user name and password."""
    return str(url.copy_with(username=None, password=None))


def _is_host(host: str) -> bool:
    """Whether the resolver accepts a name (RFC 1035, section 2.3.4); IPv6 addresses are not names."""
    try:
        # httpx writes a character that no name can have as an escape.
        return bool(host.encode("idna")) and "%" not in host
    except UnicodeError:
        return ":" in host


@frozen
class Connection:
    """The client of a server, and the proxy that it uses."""

    client: httpx.Client
    # The variable of the environment that names the proxy.
    proxy_variable: str | None = None


def open_connection(base_url: str, timeout_s: float, certificates: Certificates) -> Connection:
    """
    Return a client for a server, which does not follow redirects.

    Raises:
        TargetError: A certificate, or the address of a proxy in the environment, cannot be used.
    """
    url = address_of(base_url)
    context = _context(certificates, url)
    variable, proxy = _proxy(url)
    try:
        client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False, verify=context, proxy=proxy)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise TargetError(f"the proxy in {variable} cannot be used: {error}") from error
    return Connection(client, variable)


def _proxy(url: httpx.URL) -> tuple[str | None, str | None]:
    """Return the variable and the address of the proxy for a server, as requests selects it."""
    if _is_loopback(url.host):
        return None, None
    address = select_proxy(str(url), get_environ_proxies(str(url)))
    if not address:
        return None, None
    names = (f"{url.scheme}_proxy", f"{url.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    variable = next((name for name in names if os.environ.get(name) == address), "the system's settings")
    return variable, address if "://" in address else f"http://{address}"


def _context(certificates: Certificates, url: httpx.URL) -> ssl.SSLContext:
    if url.scheme == "http" and certificates == Certificates():
        # The authorities of the environment are not needed, so a variable that is wrong does no harm.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context = httpx.create_ssl_context(_authorities(certificates.authorities) or True)
    except OSError as error:
        source = certificates.authorities or f"{os.environ.get('SSL_CERT_FILE')} (SSL_CERT_FILE)"
        raise TargetError(f"{source}: not a file with certificates in PEM format: {_reason(error)}.") from error
    if certificates.certificate:
        try:
            # Without a password, OpenSSL asks for one on the terminal, and the run waits.
            context.load_cert_chain(certificates.certificate, certificates.key, password="")
        except OSError as error:
            files = " and ".join(str(file) for file in (certificates.certificate, certificates.key) if file)
            problem = f"{files}: not a certificate with its private key in PEM format, without a password"
            raise TargetError(f"{problem}: {_reason(error)}.") from error
    return context


def _authorities(file: Path | None) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=file) if file else None


def _reason(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or str(error)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

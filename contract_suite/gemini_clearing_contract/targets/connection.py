"""
How a server is reached: its address, the certificates of TLS, and proxies.

`SSL_CERT_FILE`, `SSL_CERT_DIR`, `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are read from the environment,
as by curl and requests. Requests to this machine never use a proxy: no proxy elsewhere can reach its loopback address.
"""

import ipaddress
import ssl
from pathlib import Path

import httpx
from attrs import frozen

from ..errors import TargetError

__all__ = ["Certificates", "address_of", "open_client"]


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
        raise TargetError(f"{base_url}: not an address ({error}). Give one like https://host:8443/prefix.") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise TargetError(
            f"{base_url}: not an address with http:// or https://. Give one like https://host:8443/prefix."
        )
    if url.query or url.fragment:
        raise TargetError(f"{base_url}: a target has no query and no fragment. Leave them out.")
    return url


def open_client(base_url: str, timeout_s: float, certificates: Certificates) -> httpx.Client:
    """
    Return a client for a server, which does not follow redirects.

    Raises:
        TargetError: A certificate, or the address of a proxy in the environment, cannot be used.
    """
    url = address_of(base_url)
    context = _context(certificates)
    try:
        return httpx.Client(
            timeout=timeout_s, follow_redirects=False, trust_env=not _is_loopback(url.host), verify=context
        )
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise TargetError(f"a proxy variable of the environment cannot be used: {error}") from error


def _context(certificates: Certificates) -> ssl.SSLContext:
    try:
        context = httpx.create_ssl_context(_authorities(certificates.authorities) or True)
    except OSError as error:
        source = certificates.authorities or "SSL_CERT_FILE or SSL_CERT_DIR"
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

"""
The certificate authorities that a client trusts, in this order: the option `verify`, the variables `SSL_CERT_FILE`
and `SSL_CERT_DIR`, the authorities that httpx trusts by default.
"""

import os
import re
import ssl
from functools import cache
from pathlib import Path

import httpx

from gemini_clearing_auth._secrets import is_path, shown, shown_path

from .errors import ArgumentError

__all__ = ["Verify", "choose_certificates"]

Verify = str | os.PathLike[str] | ssl.SSLContext

# OpenSSL finds a certificate in a directory by the hash of its subject.
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")


def choose_certificates(option: Verify | None) -> ssl.SSLContext:
    """
    Return the TLS settings for connections to the exchange.

    Raises:
        ArgumentError: the option or a variable is not a file or directory of certificates.
    """
    if isinstance(option, ssl.SSLContext):
        return option
    if is_path(option):
        return _trusting([("verify", os.fspath(option))])
    if option is not None:
        raise ArgumentError(
            f"invalid verify: {shown(option)}. Pass the path of a file or directory of certificates, or an "
            "ssl.SSLContext."
        )
    named = [(name, path) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if (path := os.environ.get(name))]
    return _trusting(named) if named else _default(ssl.SSLContext)


@cache
def _default(_context_class: type[ssl.SSLContext]) -> ssl.SSLContext:
    # OpenSSL needs some 40 ms to read the authorities, so the clients of a process share them. `truststore` replaces
    # the class by one that asks the operating system: clients made after that must not get the context from before.
    context = httpx.create_ssl_context(trust_env=False)
    # Set here only: a connection of another client may be reading the settings of a shared context.
    context.set_alpn_protocols(["http/1.1"])
    return context


def _trusting(named: list[tuple[str, str]]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    for name, path in named:
        try:
            if name == "SSL_CERT_DIR" or (name == "verify" and Path(path).is_dir()):
                _load_directory(context, path)
            else:
                context.load_verify_locations(cafile=path)
        except (OSError, ValueError) as exc:  # also ssl.SSLError; ValueError: a null character
            problem = (
                "contains no certificate" if isinstance(exc, ssl.SSLError) else getattr(exc, "strerror", None) or exc
            )
        else:
            continue
        raise ArgumentError(  # outside the handler: its error has the path
            f"{name} {shown_path(path)}: {problem}. Use certificates in PEM form: a file, or a directory made with "
            "`openssl rehash`."
        )
    return context


def _load_directory(context: ssl.SSLContext, path: str) -> None:
    if not any(_HASHED.fullmatch(entry.name) for entry in Path(path).iterdir()):
        raise ssl.SSLError("no certificate")
    context.load_verify_locations(capath=path)

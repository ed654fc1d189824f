"""The plain message for each failure of a connection: what failed, and what to do."""

import os

import httpx

__all__ = ["reason_of"]

# By a part of OpenSSL's message about a certificate (X509_verify_cert_error_string).
AUTHORITY = "Name its authority with --cacert."
CERTIFICATES = (
    ("issuer", AUTHORITY),
    ("self-signed", AUTHORITY),
    ("self signed", AUTHORITY),
    ("expired", "Renew it, or correct the clock of this machine."),
    ("not yet valid", "Correct the clock of this machine."),
    ("mismatch", "Give the address with a name that the certificate contains."),
)
# OpenSSL names the first before and the second since version 3.2.
NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
# Variables of other programs (requests and curl) for the file of the authorities.
UNREAD = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def reason_of(error: Exception, server: str, called: str, *, proxy: str | None, is_first: bool) -> str:
    """
    Return the message for an error.

    Args:
        error: The error of httpx, or `TimeoutError`.
        server: The address of the server.
        called: The method and path of the request.
        proxy: The variable that names the proxy, if one is used.
        is_first: Whether the server has not responded to any request yet.
    """
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        advice = next((advice for part, advice in CERTIFICATES if part in text), "")
        unread = _unread_variable() if advice == AUTHORITY else ""
        return f"the certificate of {server} is not trusted ({error}). {advice}{unread}".rstrip()
    if "CERTIFICATE_REQUIRED" in text:
        return f"{server} requires a client certificate ({error}). Name one with --cert and --key."
    if any(name in text for name in NO_TLS):
        return f"{server} responds without TLS ({error}). Give its address with http://."
    if isinstance(error, httpx.ProxyError):
        return f"the proxy in {proxy} did not connect to {server} ({error}). Check {proxy}."
    if isinstance(error, httpx.ConnectError):
        if proxy:
            return f"no connection to the proxy in {proxy} for {server} ({error}). Check {proxy} and NO_PROXY."
        return f"no connection to {server} ({error}). Check the address, and that the server runs."
    return _without_response(error, server, called, is_first=is_first)


def _unread_variable() -> str:
    """Return a sentence about a variable that is set for the certificates, but that only other programs read."""
    name = next((name for name in UNREAD if os.environ.get(name)), None)
    return f" The suite does not read {name}: set SSL_CERT_FILE to the same file." if name else ""


def _without_response(error: Exception, server: str, called: str, *, is_first: bool) -> str:
    message = f"{server} closed the connection during {called}: {type(error).__name__} ({error})."
    if not is_first:
        return message
    other = ", and that it does not expect TLS (https://)" if server.startswith("http:") else ""
    return f"{message} Check that a server of HTTP listens there{other}."

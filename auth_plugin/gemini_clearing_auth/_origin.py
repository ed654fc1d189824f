"""The one origin that requests are signed for, and what makes a request fit to be signed at all."""

import ipaddress

import httpx

from gemini_clearing_auth.errors import UnsignableRequestError

__all__ = ["Origin"]

ADVICE = "Give one such as https://api.gemini.com"


class Origin:
    """
    Scheme, host and port of the exchange, with the path in front of `/v1` when a proxy adds one.

    Raises:
        UnsignableRequestError: the base URL is no https URL, nor an http URL of this very machine.
    """

    def __init__(self, base_url: httpx.URL | str) -> None:
        try:
            url = httpx.URL(base_url)
        except (httpx.InvalidURL, TypeError) as error:
            raise UnsignableRequestError(f"The base URL is not a URL: {error}. {ADVICE}.") from None
        if url.scheme not in ("https", "http") or not url.host or url.userinfo or b"?" in url.raw_path:
            raise UnsignableRequestError(
                f"The base URL is not just scheme and host: it has no host, a user name or a query. {ADVICE}."
            )
        if url.scheme == "http" and not _is_loopback(url.host):
            raise UnsignableRequestError(
                f"The base URL {url} is not encrypted, so that anybody on the way could read what is signed. "
                "Use https; plain http is for localhost alone."
            )
        self._place = _place(url)
        self._prefix = url.raw_path.decode("ascii").rstrip("/")
        self._text = f"{url.scheme}://{url.netloc.decode('ascii')}{self._prefix}"

    def __str__(self) -> str:
        return self._text

    def endpoint(self, request: httpx.Request) -> str:
        """
        The value of `request` in the payload: the path alone.

        Raises:
            UnsignableRequestError: the request goes to another origin, is no POST, or has a query string.
        """
        url = request.url
        if _place(url) != self._place:
            raise UnsignableRequestError(
                f"{url.scheme}://{url.netloc.decode('ascii')} is not {self}, which the credentials are for. "
                "Give every exchange a client of its own."
            )
        if request.method != "POST":
            raise UnsignableRequestError(f"Private endpoints take POST, not {request.method}.")
        path = url.raw_path.decode("ascii")
        if "?" in path:
            raise UnsignableRequestError(
                f"{path} has a query string, which no signature covers. Put the parameters into the body."
            )
        if not path.startswith(f"{self._prefix}/"):
            raise UnsignableRequestError(f"{path} is not below {self}. Build the URL from the base URL.")
        return path[len(self._prefix) :]


def _place(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port  # which httpx leaves out where it is the scheme's own


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

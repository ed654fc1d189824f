"""The one origin that requests are signed for, and the checks that a request must pass to be signed."""

import ipaddress

import httpx

from ._httpx2 import ParsedUrl
from ._secrets import repeats_secret
from .errors import UnsignableRequestError

__all__ = ["Origin", "base_url_problem"]

ADVICE = "Use a URL such as https://api.gemini.com"


class Origin:
    """
    Scheme, host and port of the exchange, with the path in front of `/v1` when a proxy adds one.

    Raises:
        UnsignableRequestError: the base URL is neither an https URL nor an http URL of this machine.
    """

    def __init__(self, base_url: ParsedUrl | str) -> None:
        if problem := base_url_problem(base_url):
            del base_url  # a traceback with local variables shows this frame
            raise UnsignableRequestError(problem)
        url = httpx.URL(str(base_url))
        self._place = _place(url)
        self._prefix = url.raw_path.decode("ascii").rstrip("/")
        self._text = f"{url.scheme}://{url.netloc.decode('ascii')}{self._prefix}"

    def __str__(self) -> str:
        return self._text

    def endpoint(self, request: httpx.Request) -> str:
        """
        Return the value of `request` in the payload: only the path.

        Raises:
            UnsignableRequestError: the request goes to another origin, is not a POST, or has a query string.
        """
        url = request.url
        if _place(url) != self._place:
            raise UnsignableRequestError(
                f"wrong origin: {url.scheme}://{url.netloc.decode('ascii')}. The credentials are for {self}. "
                "Use one client per exchange."
            )
        if request.method != "POST":
            raise UnsignableRequestError(f"method must be POST, not {request.method}.")
        path = url.raw_path.decode("ascii")
        if "?" in path:
            raise UnsignableRequestError(f"the query string is not signed: {path}. Put the parameters into the body.")
        if not path.startswith(f"{self._prefix}/"):
            raise UnsignableRequestError(f"{path} is not below {self}. Build the URL from the base URL.")
        return path[len(self._prefix) :]


def base_url_problem(base_url: object) -> str | None:
    """
    Return why requests cannot be signed for a base URL; None when they can.

    The text shows at most scheme, host and port: user name, password, path and query string may be secret.
    """
    if not isinstance(base_url, str | ParsedUrl):
        return f"base_url is not a URL, but of type {type(base_url).__name__}. {ADVICE}."
    if repeats_secret(str(base_url)):
        return f"base_url contains a secret. {ADVICE}."
    try:
        url = httpx.URL(str(base_url))
    except httpx.InvalidURL:  # its text may repeat a part of the URL
        return f"base_url is not a URL: check the port, and characters such as line breaks. {ADVICE}."
    if url.scheme not in ("https", "http") or not url.host or url.userinfo or b"?" in url.raw_path or url.fragment:
        return f"base_url must be scheme and host only, without a user name, a query string or a fragment. {ADVICE}."
    if url.scheme == "http" and not _is_loopback(url.host):
        shown = f"{url.scheme}://{url.netloc.decode('ascii')}"
        return f"base_url is not encrypted: {shown}. Use https; http is allowed for localhost only."
    return None


def _place(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port  # None for the default port of the scheme


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

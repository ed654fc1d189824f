"""Faults in how the client signs a request and draws its nonce."""

from tests.faults.catalog.layers import CLIENT_BYTES
from tests.faults.catalog.source_text import Row, client_faults
from tests.faults.seeded_fault import SeededFault
from tests.faults.world import World

__all__ = ["SIGNING_FAULTS"]

AUTH, RUNTIME = "gemini_clearing_auth", "gemini_clearing_runtime"
ROWS: tuple[Row, ...] = (
    (
        "signs with the first half of the secret",
        CLIENT_BYTES,
        "hmac.digest(secret, payload",
        "hmac.digest(bytes.fromhex(secret.hex()[: len(secret) // 2 * 2]), payload",
    ),
    ("signs with SHA-256", CLIENT_BYTES, '"sha384"', '"sha256"'),
    ("sends the signature in upper-case hex", CLIENT_BYTES, '"sha384").hex()', '"sha384").hex().upper()'),
    (
        "signs the JSON instead of the base64 text",
        CLIENT_BYTES,
        "hmac.digest(secret, payload,",
        "hmac.digest(secret, __import__('base64').b64decode(payload),",
    ),
    (
        "encodes the payload as url-safe base64",
        CLIENT_BYTES,
        "base64.b64encode(text)",
        "base64.urlsafe_b64encode(text).rstrip(b'=')",
    ),
    (
        "sends the JSON in the body too",
        CLIENT_BYTES,
        "library.Request(request.method, request.url) if request.content else request",
        "httpx.Request(request.method, request.url, content=signed.payload_json)",
    ),
    ("sends a wrong Content-Length", CLIENT_BYTES, '(b"Content-Length", b"0")', '(b"Content-Length", b"17")'),
    ("sends the content type application/json", CLIENT_BYTES, 'b"text/plain"', 'b"application/json"'),
    ("sends no Cache-Control header", CLIENT_BYTES, ', (b"Cache-Control", b"no-cache")', ""),
    (
        "signs the URL instead of the path",
        CLIENT_BYTES,
        "json.dumps(request)",
        'json.dumps("https://api.gemini.com" + request)',
    ),
    ("sends no nonce", CLIENT_BYTES, "if nonce is not None:\n        head +=", "if False:\n        head +="),
    (
        "sends the same nonce again",
        CLIENT_BYTES,
        "self._last = max(now_us, lowest_after(self._after, now_us), self._last + 1)",
        "self._last = self._last or now_us",
    ),
    (
        "sends decreasing nonces",
        CLIENT_BYTES,
        "self._last = max(now_us, lowest_after(self._after, now_us), self._last + 1)",
        "self._last = (self._last or now_us) - 1",
    ),
)


def reuse_nonce_in_retry(world: World) -> None:
    """Keep the first nonce of a call, and sign each retry of the call with it."""
    world.edit(
        AUTH, "nonce=nonce)\n        identity", "nonce=request.extensions.setdefault('nonce', nonce))\n        identity"
    )
    world.edit(
        RUNTIME,
        "    number, failure = 1, None\n",
        "    number, failure, nonces = 1, None, {}\n",
    )
    world.edit(
        RUNTIME,
        "context.rate, deadline, failure)\n",
        "context.rate, deadline, failure)\n"
        "        attempt.request.extensions = _Kept(attempt.request.extensions, nonces)\n",
    )
    world.edit(
        RUNTIME,
        "def run_call(",
        "class _Kept(dict):\n    def __init__(self, extensions, nonces):\n        super().__init__(extensions)\n        self.nonces = nonces\n\n"
        "    def setdefault(self, key, value):\n        return self.nonces.setdefault(key, value)\n\n\ndef run_call(",
    )


SIGNING_FAULTS = (
    *client_faults(AUTH, ROWS),
    SeededFault("the client sends the same nonce again in a retry", "client", CLIENT_BYTES, reuse_nonce_in_retry),
)

"""
The catalogue of flaws: everything that one request can have wrong before the business rules, one thing at a time.

Each flaw names the check that must find it and the reason that must come back.  A draft takes any number of flaws, so
that pairs can be built: which of the two is answered follows from `x-precedence`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..spec import SpecOperation
from ..wire import (
    COMMON_HEADERS,
    KEY_HEADER,
    OMITTED,
    PAYLOAD_HEADER,
    SIGNATURE_HEADER,
    Desk,
    WireRequest,
    encode_base64,
    render_json,
    sign,
)

__all__ = ["NEGATIVE_CASES", "NegativeCase", "RequestDraft"]

Headers = dict[str, str]


@dataclass
class RequestDraft:
    """A request in the making; flaws change one part each, and the parts after it follow from it."""

    desk: Desk
    operation: SpecOperation
    body: dict[str, Any]
    # The highest nonce that the key has spent, and a desk that is somebody else.
    spent: Decimal
    stranger: Desk
    payload: Callable[[bytes], bytes] = lambda payload: payload
    text: Callable[[str], str] = lambda text: text
    signature: Callable[[str], str] | None = None
    tampered: Callable[[str], str] = lambda text: text
    headers: list[Callable[[Headers], None]] = field(default_factory=list)
    http_body: bytes = b""

    def payload_json(self) -> bytes:
        """The JSON that is signed."""
        return self.payload(render_json({name: value for name, value in self.body.items() if value is not OMITTED}))

    def build(self) -> WireRequest:
        """The request with all its flaws."""
        text = self.text(encode_base64(self.payload_json()))
        signature = self.signature(text) if self.signature else sign(text, self.desk.api_secret)
        headers = {KEY_HEADER: self.desk.api_key, PAYLOAD_HEADER: self.tampered(text), SIGNATURE_HEADER: signature}
        for edit in self.headers:
            edit(headers)
        length = ("Content-Length", str(len(self.http_body)))
        common = tuple(length if name == "Content-Length" else (name, value) for name, value in COMMON_HEADERS)
        return WireRequest("POST", self.operation.path, (*headers.items(), *common), self.http_body)


@dataclass(frozen=True)
class NegativeCase:
    """One thing wrong: the check that must find it, and the reason that it must give."""

    name: str
    check: str
    reason: str
    apply: Callable[[RequestDraft], None]


NEGATIVE_CASES: list[NegativeCase] = []


def negative_case(
    check: str, reason: str, name: str
) -> Callable[[Callable[[RequestDraft], None]], Callable[[RequestDraft], None]]:
    """Put a flaw into the catalogue."""

    def enter(apply: Callable[[RequestDraft], None]) -> Callable[[RequestDraft], None]:
        NEGATIVE_CASES.append(NegativeCase(name, check, reason, apply))
        return apply

    return enter


def _header(edit: Callable[[Headers], object]) -> Callable[[RequestDraft], None]:
    def apply(draft: RequestDraft) -> None:
        draft.headers.append(lambda headers: (edit(headers), None)[1])

    return apply


def _drop(*names: str) -> Callable[[RequestDraft], None]:
    return _header(lambda headers: [headers.pop(name, None) for name in names])


def _payload(edit: Callable[[bytes], bytes]) -> Callable[[RequestDraft], None]:
    def apply(draft: RequestDraft) -> None:
        draft.payload = edit

    return apply


def _text(edit: Callable[[str], str]) -> Callable[[RequestDraft], None]:
    def apply(draft: RequestDraft) -> None:
        # Characters in which the standard and the url-safe alphabet differ, and a length that needs padding.
        for length in range(6, 12):
            draft.body["note"] = "~~~???>>>???"[:length]
            text = encode_base64(draft.payload_json())
            if set("+/") & set(text) and text.endswith("="):
                break
        draft.text = edit

    return apply


def _signature(make: Callable[[str, RequestDraft], str]) -> Callable[[RequestDraft], None]:
    def apply(draft: RequestDraft) -> None:
        draft.signature = lambda text: make(text, draft)

    return apply


def _set(name: str, value: Any) -> Callable[[RequestDraft], None]:
    def apply(draft: RequestDraft) -> None:
        draft.body[name] = value(draft) if callable(value) else value

    return apply


def _hex(text: str | bytes, key: str | bytes, digest: Any = hashlib.sha384) -> str:
    to_bytes = [part.encode() if isinstance(part, str) else part for part in (key, text)]
    return hmac.new(to_bytes[0], to_bytes[1], digest).hexdigest()


def _printable(content: bytes) -> str:
    """What a header can hold of it."""
    return "".join(character for character in content.decode("latin-1") if " " <= character <= "~")


def _secret(draft: RequestDraft) -> bytes:
    return draft.desk.api_secret.encode()


def _right(text: str, draft: RequestDraft) -> str:
    return sign(text, draft.desk.api_secret)


def _another_path(draft: RequestDraft) -> str:
    return "/v1/clearing/list" if draft.operation.path != "/v1/clearing/list" else "/v1/clearing/new"


def _body_instead(draft: RequestDraft) -> None:
    draft.http_body = draft.payload_json()
    _drop(PAYLOAD_HEADER)(draft)


def _enter(check: str, reason: str, entries: dict[str, Callable[[RequestDraft], None]]) -> None:
    for name, apply in entries.items():
        NEGATIVE_CASES.append(NegativeCase(name, check, reason, apply))


_enter("key", "MissingSecurityHeaders", {"no security headers": _drop(KEY_HEADER, PAYLOAD_HEADER, SIGNATURE_HEADER)})
_enter("key", "MissingApikeyHeader", {"no key header": _drop(KEY_HEADER)})
_enter("key", "AmbiguousAuthentication", {
    "a bearer token beside the key": _header(lambda headers: headers.update({"Authorization": "Bearer demo-token"})),
})  # fmt: skip
_enter("key", "InvalidApiKey", {
    "an unknown key": _header(lambda headers: headers.update({KEY_HEADER: "account-nobody-has-this"})),
    "the key in upper case": _header(lambda headers: headers.update({KEY_HEADER: headers[KEY_HEADER].upper()})),
    "half of the key": _header(lambda headers: headers.update({KEY_HEADER: headers[KEY_HEADER][:-1]})),
})  # fmt: skip
_enter("payload", "MissingPayloadHeader", {
    "no payload header": _drop(PAYLOAD_HEADER),
    "the payload in the body": _body_instead,
})  # fmt: skip
_enter("payload", "InvalidJson", {
    "url-safe base64": _text(lambda text: text.replace("+", "-").replace("/", "_")),
    "base64 without padding": _text(lambda text: text.rstrip("=")),
    # After the second character, so that it stands within the shortest text too: a header cannot end in a space.
    "a space within the base64": _text(lambda text: f"{text[:2]} {text[2:]}"),
    "JSON without base64": _text(lambda text: _printable(base64.b64decode(text))),
    "hexadecimal for base64": _text(lambda text: base64.b64decode(text).hex() + "0"),
    "a stray character in the base64": _text(lambda text: f"{text[:8]}!{text[8:]}"),
})  # fmt: skip
_enter("signature", "MissingSignatureHeader", {
    "no signature header": _drop(SIGNATURE_HEADER),
    "an empty signature": _signature(lambda text, draft: ""),
})  # fmt: skip
_enter("signature", "InvalidSignature", {
    "upper-case hex": _signature(lambda text, draft: _right(text, draft).upper()),
    "signature over the JSON": _signature(lambda text, draft: _hex(draft.payload_json(), draft.desk.api_secret)),
    "another desk's secret": _signature(lambda text, draft: sign(text, draft.stranger.api_secret)),
    "the key for the secret": _signature(lambda text, draft: sign(text, draft.desk.api_key)),
    "no secret": _signature(lambda text, draft: _hex(text, b"")),
    "the secret base64-encoded": _signature(lambda text, draft: _hex(text, encode_base64(_secret(draft)))),
    "the secret in upper case": _signature(lambda text, draft: _hex(text, draft.desk.api_secret.upper())),
    "the secret with a line break": _signature(lambda text, draft: _hex(text, draft.desk.api_secret + "\n")),
    "SHA-256": _signature(lambda text, draft: _hex(text, draft.desk.api_secret, hashlib.sha256)),
    "SHA-512": _signature(lambda text, draft: _hex(text, draft.desk.api_secret, hashlib.sha512)),
    "SHA3-384": _signature(lambda text, draft: _hex(text, draft.desk.api_secret, hashlib.sha3_384)),
    "a plain digest": _signature(lambda text, draft: hashlib.sha384(_secret(draft) + text.encode()).hexdigest()),
    "the signature in base64": _signature(lambda text, draft: encode_base64(bytes.fromhex(_right(text, draft)))),
    "half of the signature": _signature(lambda text, draft: _right(text, draft)[:48]),
    "all but the last digit": _signature(lambda text, draft: _right(text, draft)[:-1]),
    "a digit too many": _signature(lambda text, draft: _right(text, draft) + "0"),
    "the last digit changed": _signature(lambda text, draft: _other_end(_right(text, draft))),
    "zeros": _signature(lambda text, draft: "0" * 96),
    "signature over another payload": _signature(lambda text, draft: sign(encode_base64(b"{}"), draft.desk.api_secret)),
    "signature over another padding": _signature(lambda text, draft: _right(text.rstrip("=") + "\n", draft)),
})  # fmt: skip


@negative_case("signature", "InvalidSignature", "a payload changed after signing")
def _tampered(draft: RequestDraft) -> None:
    def change(text: str) -> str:
        payload = draft.payload_json()
        # Where another flaw has spoilt the base64 it stays spoilt.
        return encode_base64(b" " + payload) if text == encode_base64(payload) else f"{text}A"

    draft.tampered = change


def _other_end(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


_enter("json", "InvalidJson", {
    "an empty payload's brackets alone": _payload(lambda payload: b"{"),
    "a trailing comma": _payload(lambda payload: payload[:-1] + b",}"),
    "single quotes": _payload(lambda payload: payload.replace(b'"', b"'")),
    "NaN": _payload(lambda payload: payload[:-1] + b',"x":NaN}'),
    "Infinity": _payload(lambda payload: payload[:-1] + b',"x":-Infinity}'),
    "a comment": _payload(lambda payload: payload[:-1] + b"/* */}"),
    "two documents": _payload(lambda payload: payload + payload),
    "half a document": _payload(lambda payload: payload[: len(payload) // 2]),
    "no UTF-8": _payload(lambda payload: payload[:-1] + b',"x":"\xff"}'),
    "UTF-16": _payload(lambda payload: payload.decode().encode("utf-16")),
    "a byte-order mark": _payload(lambda payload: b"\xef\xbb\xbf" + payload),
    "a bare control character": _payload(lambda payload: payload[:-1] + b',"x":"\n"}'),
    "a number with a leading zero": _payload(lambda payload: payload[:-1] + b',"x":01}'),
    "base64 twice": _payload(base64.b64encode),
    "form data": _payload(lambda payload: b"request=1&nonce=2"),
    "a list around it": _payload(lambda payload: b"[" + payload + b"]"),
    "a text": _payload(lambda payload: b'"text"'),
    "a number": _payload(lambda payload: b"7"),
    "null": _payload(lambda payload: b"null"),
})  # fmt: skip
_enter("endpoint", "MissingPayloadKey", {"no request": _set("request", OMITTED)})
_enter("endpoint", "EndpointMismatch", {
    "another path": _set("request", _another_path),
    "a slash at the end": _set("request", lambda draft: f"{draft.operation.path}/"),
    "the path in upper case": _set("request", lambda draft: draft.operation.path.upper()),
    "the path without its slash": _set("request", lambda draft: draft.operation.path[1:]),
    "the whole address": _set("request", lambda draft: f"https://api.gemini.com{draft.operation.path}"),
    "a query": _set("request", lambda draft: f"{draft.operation.path}?x=1"),
    "an empty request": _set("request", ""),
    "request null": _set("request", None),
    "request a number": _set("request", 7),
    "request a list": _set("request", lambda draft: [draft.operation.path]),
})  # fmt: skip
_enter("nonce", "MissingNonce", {"no nonce": _set("nonce", OMITTED)})
_enter("nonce", "InvalidNonce", {
    "the same nonce again": _set("nonce", lambda draft: int(draft.spent)),
    "the same nonce as text": _set("nonce", lambda draft: str(int(draft.spent))),
    "the same nonce with a decimal": _set("nonce", lambda draft: Decimal(f"{int(draft.spent)}.0")),
    "a smaller nonce": _set("nonce", lambda draft: int(draft.spent) - 1),
    "a smaller nonce as text": _set("nonce", lambda draft: str(int(draft.spent) - 1)),
    "nonce one": _set("nonce", 1),
    "nonce zero": _set("nonce", 0),
    "a negative nonce": _set("nonce", lambda draft: -int(draft.spent) - 1000),
    "nonce null": _set("nonce", None),
    "nonce true": _set("nonce", True),
    "an empty nonce": _set("nonce", ""),
    "nonce a word": _set("nonce", "soon"),
    "nonce a list": _set("nonce", lambda draft: [int(draft.spent) + 1000]),
    "nonce an object": _set("nonce", {}),
    "nonce with a space": _set("nonce", lambda draft: f" {int(draft.spent) + 1000}"),
    "nonce with a plus": _set("nonce", lambda draft: f"+{int(draft.spent) + 1000}"),
    "nonce with an underscore": _set("nonce", lambda draft: f"{int(draft.spent) + 1000}_0"),
    "nonce in exponents": _set("nonce", "1e300"),
    "nonce NaN as text": _set("nonce", "NaN"),
    "nonce Infinity as text": _set("nonce", "Infinity"),
    "nonce in hex": _set("nonce", "0xffffffffffffffffffff"),
})  # fmt: skip

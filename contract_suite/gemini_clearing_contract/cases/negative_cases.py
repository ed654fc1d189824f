"""
Negative cases: everything that can be wrong with a request before the business rules, one error at a time.

Each case names the check that must reject the request, and the reason of the error response. Several cases can be
applied to one draft: `x-precedence` then decides which error is returned.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from attrs import define, field, frozen

from ..spec import SpecOperation
from ..wire import (
    KEY_HEADER,
    OMITTED,
    PAYLOAD_HEADER,
    SIGNATURE_HEADER,
    Caller,
    Desk,
    WireRequest,
    common_headers,
    encode_base64,
    parse_json,
    render_json,
    sign,
)

__all__ = ["NEGATIVE_CASES", "NegativeCase", "RequestDraft", "negative_cases"]

Headers = dict[str, str]
# Digits outside ASCII, which `int()` of Python and `Integer.parseInt` of Java accept.
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@define
class RequestDraft:
    """A request that is being built; a negative case changes one part, and the later parts are derived from it."""

    desk: Desk
    operation: SpecOperation
    body: dict[str, Any]
    # The highest nonce that the key has spent.
    spent: Decimal
    # A desk with another key, and the path of another operation.
    other_desk: Desk
    other_path: str
    payload: Callable[[bytes], bytes] = lambda payload: payload
    text: Callable[[str], str] = lambda text: text
    signature: Callable[[str], str] | None = None
    # The payload header that is sent in place of the signed one.
    sent_text: Callable[[str], str] = lambda text: text
    headers: list[Callable[[Headers], object]] = field(factory=list)
    # The HTTP body, from the JSON that is signed; None for the body that the operation requires.
    http_body: Callable[[bytes], bytes] | None = None

    @property
    def caller(self) -> Caller:
        """The caller that sends the request."""
        return self.desk

    def payload_json(self) -> bytes:
        """Return the JSON that is signed."""
        return self.payload(render_json(self.body))

    def build(self) -> WireRequest:
        """Return the request."""
        payload = self.payload_json()
        text = self.text(encode_base64(payload))
        signature = self.signature(text) if self.signature else sign(text, self.desk.api_secret)
        headers = {KEY_HEADER: self.desk.api_key, PAYLOAD_HEADER: self.sent_text(text), SIGNATURE_HEADER: signature}
        for edit in self.headers:
            edit(headers)
        is_sent = self.http_body or self.operation.repeats_body
        body = (self.http_body or bytes)(payload) if is_sent else b""
        return WireRequest("POST", self.operation.path, (*headers.items(), *common_headers(body)), body)


Edit = Callable[[RequestDraft], None]


@frozen
class NegativeCase:
    """An error in a request: the check that must detect it, and the reason that it must return."""

    name: str
    check: str
    reason: str
    apply: Edit


NEGATIVE_CASES: list[NegativeCase] = []


def _enter(check: str, reason: str, cases: dict[str, Edit]) -> None:
    NEGATIVE_CASES.extend(NegativeCase(name, check, reason, apply) for name, apply in cases.items())


def _header(edit: Callable[[Headers], object]) -> Edit:
    def apply(draft: RequestDraft) -> None:
        draft.headers.append(edit)

    return apply


def _drop(*names: str) -> Edit:
    return _header(lambda headers: [headers.pop(name, None) for name in names])


def _payload(edit: Callable[[bytes], bytes]) -> Edit:
    def apply(draft: RequestDraft) -> None:
        draft.payload = edit

    return apply


def _text(edit: Callable[[str], str]) -> Edit:
    def apply(draft: RequestDraft) -> None:
        # Characters that the standard and the url-safe alphabet encode differently, and a length that needs padding.
        for length in range(6, 12):
            draft.body["note"] = "~~~???>>>???"[:length]
            text = encode_base64(draft.payload_json())
            if set("+/") & set(text) and text.endswith("="):
                break
        draft.text = edit

    return apply


def _signature(make: Callable[[str, RequestDraft], str]) -> Edit:
    def apply(draft: RequestDraft) -> None:
        draft.signature = lambda text: make(text, draft)

    return apply


def _set(name: str, value: Any) -> Edit:
    def apply(draft: RequestDraft) -> None:
        draft.body[name] = value(draft) if callable(value) else value

    return apply


def _hmac(text: str | bytes, key: str | bytes, digest: Any = hashlib.sha384) -> str:
    key_bytes, text_bytes = (part.encode() if isinstance(part, str) else part for part in (key, text))
    return hmac.new(key_bytes, text_bytes, digest).hexdigest()


def _printable(content: bytes) -> str:
    """Return the part that a header can contain."""
    return "".join(character for character in content.decode("latin-1") if " " <= character <= "~")


def _secret(draft: RequestDraft) -> bytes:
    return draft.desk.api_secret.encode()


def _correct(text: str, draft: RequestDraft) -> str:
    return sign(text, draft.desk.api_secret)


def _with_other_digit(place: int) -> Edit:
    """Change one digit of the signature: a server may compare only a part of it."""

    def change(text: str, draft: RequestDraft) -> str:
        digits = list(_correct(text, draft))
        digits[place] = "0" if digits[place] != "0" else "1"
        return "".join(digits)

    return _signature(change)


def _body(edit: Callable[[bytes], bytes]) -> Edit:
    def apply(draft: RequestDraft) -> None:
        draft.http_body = edit

    return apply


def _payload_in_body(draft: RequestDraft) -> None:
    draft.http_body = bytes
    _drop(PAYLOAD_HEADER)(draft)


def _changed_after_signing(draft: RequestDraft) -> None:
    def change(text: str) -> str:
        payload = draft.payload_json()
        # If another case has made the base64 invalid, it remains invalid.
        return encode_base64(b" " + payload) if text == encode_base64(payload) else f"{text}A"

    draft.sent_text = change


_enter(
    "key",
    "MissingSecurityHeaders",
    {"all security headers missing": _drop(KEY_HEADER, PAYLOAD_HEADER, SIGNATURE_HEADER)},
)
_enter("key", "MissingApikeyHeader", {"key header missing": _drop(KEY_HEADER)})
_enter("key", "AmbiguousAuthentication", {
    "a bearer token and an API key": _header(lambda headers: headers.update({"Authorization": "Bearer demo-token"})),
})  # fmt: skip
_enter("key", "InvalidApiKey", {
    "an unknown API key": _header(lambda headers: headers.update({KEY_HEADER: "account-nobody-has-this"})),
    "the API key in upper case": _header(lambda headers: headers.update({KEY_HEADER: headers[KEY_HEADER].upper()})),
    "a truncated API key": _header(lambda headers: headers.update({KEY_HEADER: headers[KEY_HEADER][:-1]})),
})  # fmt: skip
_enter("payload", "MissingPayloadHeader", {
    "payload header missing": _drop(PAYLOAD_HEADER),
    "the payload in the HTTP body": _payload_in_body,
})  # fmt: skip
_enter("payload", "InvalidJson", {
    "url-safe base64": _text(lambda text: text.replace("+", "-").replace("/", "_")),
    "base64 without padding": _text(lambda text: text.rstrip("=")),
    # After the second character, so that it is inside the shortest text too: a header cannot end with a space.
    "a space in the base64": _text(lambda text: f"{text[:2]} {text[2:]}"),
    "JSON without base64": _text(lambda text: _printable(base64.b64decode(text))),
    "hexadecimal instead of base64": _text(lambda text: base64.b64decode(text).hex() + "0"),
    "an invalid character in the base64": _text(lambda text: f"{text[:8]}!{text[8:]}"),
})  # fmt: skip
_enter("signature", "MissingSignatureHeader", {
    "signature header missing": _drop(SIGNATURE_HEADER),
    "an empty signature": _signature(lambda text, draft: ""),
})  # fmt: skip
_enter("signature", "InvalidSignature", {
    "a signature in upper-case hex": _signature(lambda text, draft: _correct(text, draft).upper()),
    "a signature of the JSON": _signature(lambda text, draft: _hmac(draft.payload_json(), draft.desk.api_secret)),
    "signed with another desk's secret": _signature(lambda text, draft: sign(text, draft.other_desk.api_secret)),
    "signed with the key instead of the secret": _signature(lambda text, draft: sign(text, draft.desk.api_key)),
    "signed with an empty secret": _signature(lambda text, draft: _hmac(text, b"")),
    "signed with the secret in base64": _signature(lambda text, draft: _hmac(text, encode_base64(_secret(draft)))),
    "signed with the secret in upper case": _signature(lambda text, draft: _hmac(text, draft.desk.api_secret.upper())),
    "signed with a line break after the secret": _signature(
        lambda text, draft: _hmac(text, draft.desk.api_secret + "\n")
    ),
    "SHA-256": _signature(lambda text, draft: _hmac(text, draft.desk.api_secret, hashlib.sha256)),
    "SHA-512": _signature(lambda text, draft: _hmac(text, draft.desk.api_secret, hashlib.sha512)),
    "SHA3-384": _signature(lambda text, draft: _hmac(text, draft.desk.api_secret, hashlib.sha3_384)),
    "a hash instead of an HMAC": _signature(
        lambda text, draft: hashlib.sha384(_secret(draft) + text.encode()).hexdigest()
    ),
    "the signature in base64": _signature(lambda text, draft: encode_base64(bytes.fromhex(_correct(text, draft)))),
    "the first half of the signature": _signature(lambda text, draft: _correct(text, draft)[:48]),
    "the signature without its last digit": _signature(lambda text, draft: _correct(text, draft)[:-1]),
    "the signature with one more digit": _signature(lambda text, draft: _correct(text, draft) + "0"),
    "the signature with another first digit": _with_other_digit(0),
    "the signature with another digit in its first half": _with_other_digit(31),
    "the signature with another digit in its second half": _with_other_digit(64),
    "the signature with another last digit": _with_other_digit(-1),
    "a signature of zeros": _signature(lambda text, draft: "0" * 96),
    "a signature of another payload": _signature(lambda text, draft: sign(encode_base64(b"{}"), draft.desk.api_secret)),
    "a payload changed after signing": _changed_after_signing,
    "a signature of other padding": _signature(lambda text, draft: _correct(text.rstrip("=") + "\n", draft)),
})  # fmt: skip
_enter("json", "InvalidJson", {
    "an opening brace only": _payload(lambda payload: b"{"),
    "a trailing comma": _payload(lambda payload: payload[:-1] + b",}"),
    "single quotes": _payload(lambda payload: payload.replace(b'"', b"'")),
    "NaN": _payload(lambda payload: payload[:-1] + b',"x":NaN}'),
    "Infinity": _payload(lambda payload: payload[:-1] + b',"x":-Infinity}'),
    "a comment in the JSON": _payload(lambda payload: payload[:-1] + b"/* */}"),
    "two JSON documents": _payload(lambda payload: payload + payload),
    "half of the JSON document": _payload(lambda payload: payload[: len(payload) // 2]),
    "invalid UTF-8": _payload(lambda payload: payload[:-1] + b',"x":"\xff"}'),
    "UTF-16": _payload(lambda payload: payload.decode().encode("utf-16")),
    "a byte-order mark": _payload(lambda payload: b"\xef\xbb\xbf" + payload),
    "an unescaped control character": _payload(lambda payload: payload[:-1] + b',"x":"\n"}'),
    "a number with a leading zero": _payload(lambda payload: payload[:-1] + b',"x":01}'),
    "base64 twice": _payload(base64.b64encode),
    "form data": _payload(lambda payload: b"request=1&nonce=2"),
    "the JSON object in a list": _payload(lambda payload: b"[" + payload + b"]"),
    "a JSON string": _payload(lambda payload: b'"text"'),
    "a JSON number": _payload(lambda payload: b"7"),
    "JSON null": _payload(lambda payload: b"null"),
})  # fmt: skip
_enter("endpoint", "MissingPayloadKey", {"request field missing": _set("request", OMITTED)})
_enter("endpoint", "EndpointMismatch", {
    "request field with another path": _set("request", lambda draft: draft.other_path),
    "request field with a slash at its end": _set("request", lambda draft: f"{draft.operation.path}/"),
    "request field in upper case": _set("request", lambda draft: draft.operation.path.upper()),
    "request field without its slash": _set("request", lambda draft: draft.operation.path[1:]),
    "request field with the whole URL": _set("request", lambda draft: f"https://api.gemini.com{draft.operation.path}"),
    "request field with a query": _set("request", lambda draft: f"{draft.operation.path}?x=1"),
    "request field empty": _set("request", ""),
    "request field null": _set("request", None),
    "request field a number": _set("request", 7),
    "request field a list": _set("request", lambda draft: [draft.operation.path]),
})  # fmt: skip
_enter("nonce", "MissingNonce", {"nonce missing": _set("nonce", OMITTED)})
_enter("nonce", "InvalidNonce", {
    "the same nonce again": _set("nonce", lambda draft: int(draft.spent)),
    "the same nonce as text": _set("nonce", lambda draft: str(int(draft.spent))),
    "the same nonce with a decimal": _set("nonce", lambda draft: Decimal(f"{int(draft.spent)}.0")),
    "a smaller nonce": _set("nonce", lambda draft: int(draft.spent) - 1),
    "a smaller nonce as text": _set("nonce", lambda draft: str(int(draft.spent) - 1)),
    "nonce 1": _set("nonce", 1),
    "nonce 0": _set("nonce", 0),
    "a negative nonce": _set("nonce", lambda draft: -int(draft.spent) - 1000),
    "nonce null": _set("nonce", None),
    "nonce true": _set("nonce", True),
    "an empty nonce": _set("nonce", ""),
    "nonce a word": _set("nonce", "soon"),
    "nonce a list": _set("nonce", lambda draft: [int(draft.spent) + 1000]),
    "nonce an object": _set("nonce", {}),
    "nonce with a space": _set("nonce", lambda draft: f" {int(draft.spent) + 1000}"),
    "nonce with a space at its end": _set("nonce", lambda draft: f"{int(draft.spent) + 1000} "),
    "nonce with a line break": _set("nonce", lambda draft: f"{int(draft.spent) + 1000}\n"),
    "nonce in full-width digits": _set("nonce", lambda draft: f"{int(draft.spent) + 1000}".translate(FULL_WIDTH)),
    "nonce with a plus": _set("nonce", lambda draft: f"+{int(draft.spent) + 1000}"),
    "nonce with an underscore": _set("nonce", lambda draft: f"{int(draft.spent) + 1000}_0"),
    "nonce with an exponent": _set("nonce", "1e300"),
    "nonce NaN as text": _set("nonce", "NaN"),
    "nonce Infinity as text": _set("nonce", "Infinity"),
    "nonce in hex": _set("nonce", "0xffffffffffffffffffff"),
})  # fmt: skip

# Of an operation with `x-body: repeated`: the payload is right, and the body is not the same JSON.
BODY_CASES = [
    NegativeCase(f"the body {name}", "json", "InvalidJson", _body(edit))
    for name, edit in {
        "missing": lambda payload: b"",
        "an empty object": lambda payload: b"{}",
        "with another nonce": lambda payload: _changed_json(payload, nonce=Decimal(1)),
        "with another path": lambda payload: _changed_json(payload, request="/v1/nothing"),
        "without the nonce": lambda payload: _changed_json(payload, nonce=OMITTED),
        "with one more field": lambda payload: _changed_json(payload, note="more"),
        "in a list": lambda payload: b"[" + payload + b"]",
        "in base64": base64.b64encode,
        "cut in half": lambda payload: payload[: len(payload) // 2],
    }.items()
]


def _changed_json(payload: bytes, **changes: Any) -> bytes:
    """Return the JSON with other values; another case may have made it invalid, and it stays different."""
    try:
        return render_json({**parse_json(payload), **changes})
    except (ValueError, TypeError):
        return b"{}"


def negative_cases(operation: SpecOperation) -> list[NegativeCase]:
    """Return the negative cases of an operation: those of every request, then those of its body."""
    return [*NEGATIVE_CASES, *(BODY_CASES if operation.repeats_body else ())]

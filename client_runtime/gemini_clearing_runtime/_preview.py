"""The request of a call as `explain()` shows it: signed with the nonce 0, and without secrets."""

from collections.abc import Mapping
from typing import Any, cast

import httpx
import msgspec

from gemini_clearing_auth import (
    PARAMETERS_EXTENSION,
    REPEAT_BODY_EXTENSION,
    SIGNED_EXTENSION,
    GeminiAuth,
    GeminiOAuth,
    SignedPayload,
)
from gemini_clearing_auth._secrets import shown, shown_names

from ._context import CallContext
from ._explanation import Explaining, Explanation
from ._http11 import encoded, open_http
from ._operation import Operation, encode
from .errors import ArgumentError

__all__ = ["explained"]

_HIDDEN = b"<value>"


def explained(
    client: Explaining, method: str, extra_headers: Mapping[str, str] | None, arguments: Mapping[str, Any]
) -> Explanation:
    """
    Return the request of a call, see `Explaining.explain`.

    Raises:
        ArgumentError: the method or an argument is unknown, or the spec does not allow its value; or a header is
            reserved or malformed.
    """
    operation = client._operations.get(method) if isinstance(method, str) else None
    if operation is None:
        valid = ", ".join(client._operations)
        raise ArgumentError(f"unknown method: {shown(method)}. Valid methods: {valid}.")
    _reject_unknown(operation, arguments)
    context, own = client._with(extra_headers), client._settings.headers()
    hidden = msgspec.structs.replace(
        context, headers=[(name, value if (name, value) in own else _HIDDEN) for name, value in context.headers]
    )
    return _request_of(hidden, client._settings.auth, operation, client._sent(operation, arguments))


def _reject_unknown(operation: Operation[Any], arguments: Mapping[str, Any]) -> None:
    names = [argument.name for argument in operation.arguments]
    if unknown := [name for name in arguments if name not in names]:
        plural = "s" if len(unknown) > 1 else ""
        raise ArgumentError(
            f"{operation.name}: unknown argument{plural} {shown_names(unknown)}. Valid arguments: {', '.join(names)}."
        )


def _request_of(
    context: CallContext, auth: httpx.Auth, operation: Operation[Any], sent: Mapping[str, Any]
) -> Explanation:
    extensions = {PARAMETERS_EXTENSION: encode(operation, sent), REPEAT_BODY_EXTENSION: operation.repeats_body}
    url = context.url(operation.path)
    unsigned = httpx.Request("POST", url, headers=context.headers, extensions=extensions)
    request = cast("GeminiAuth | GeminiOAuth", auth).preview(unsigned)
    signed: SignedPayload = request.extensions[SIGNED_EXTENSION]
    body = request.content
    return Explanation(
        operation=operation.name,
        url=str(url),
        payload=signed.payload_json.decode(),
        headers={name.decode(): value.decode() for name, value in request.headers.raw},
        body=body.decode(),
        wire=bytes(encoded(open_http(), request.method, url.raw_path, request.headers.raw, body)),
    )

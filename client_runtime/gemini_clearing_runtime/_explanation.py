"""`explain()`: the request of a call, without sending it, drawing a nonce or showing a secret."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, cast

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

from ._context import CallContext
from ._extra_headers import merge_headers
from ._operation import Operation, encode, serialize_arguments
from ._settings import Settings
from .errors import ArgumentError

__all__ = ["Explaining", "Explanation"]

_HIDDEN = b"<value>"


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """
    The request that a call would send.

    The nonce is 0, because none is drawn. The key is shortened, and a placeholder replaces the signature or the token.
    """

    operation: str
    """The method, such as `create_order`."""
    url: str
    """The address of the endpoint."""
    payload: str
    """The JSON that would be signed."""
    headers: Mapping[str, str]
    """The headers; `X-GEMINI-PAYLOAD` is `payload` in base64, and `<value>` replaces each value of the caller's."""
    body: str
    """The HTTP body: empty, or the same JSON as `payload` for an operation that requires it."""
    wire: bytes
    """The request as bytes of HTTP/1.1, as they would be encrypted by TLS."""


class Explaining:
    """`explain()` of both clients. It sends nothing, so it blocks in neither."""

    _operations: ClassVar[Mapping[str, Operation[Any]]]
    _settings: Settings

    @cached_property
    def _context(self) -> CallContext:
        return self._settings.context(self._run_for_journal)

    def _run_for_journal(self, function: Callable[[], None]) -> None:
        """Run a function of the journal whose result is not awaited."""
        function()

    def _with(self, extra_headers: Mapping[str, str] | None) -> CallContext:
        """Return the context of a call that sends these headers in addition."""
        if not extra_headers:
            return self._context
        return msgspec.structs.replace(self._context, headers=merge_headers(self._context.headers, extra_headers))

    def explain(
        self, method: str, /, *, extra_headers: Mapping[str, str] | None = None, **arguments: Any
    ) -> Explanation:
        """
        Return what a call would send: payload, headers and wire bytes. Nothing is sent, and no nonce is drawn.

        Args:
            method: the name of a method, such as `create_order`.
            extra_headers: headers of this call, as the methods take them. Their values may be secret, so a placeholder
                replaces them.
            **arguments: the arguments of that method.

        Raises:
            ArgumentError: the method or an argument is unknown, or the spec does not allow its value; or a header is
                reserved or malformed.
        """
        operation = self._operations.get(method)
        if operation is None:
            valid = ", ".join(self._operations)
            raise ArgumentError(f"unknown method: {method!r}. Valid methods: {valid}.")
        _reject_unknown(operation, arguments)
        context, own = self._with(extra_headers), self._settings.headers()
        shown = msgspec.structs.replace(
            context, headers=[(name, value if (name, value) in own else _HIDDEN) for name, value in context.headers]
        )
        return _explained(shown, self._settings.auth, operation, self._sent(operation, arguments))

    def _sent(self, operation: Operation[Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the serialized arguments of a call, with the client's account if the call names none."""
        account, default = operation.account, self._settings.account
        if account is not None and default is not None and arguments.get(account) is None:
            arguments = {**arguments, account: default}
        return serialize_arguments(operation, arguments)


def _reject_unknown(operation: Operation[Any], arguments: Mapping[str, Any]) -> None:
    names = [argument.name for argument in operation.arguments]
    if unknown := [name for name in arguments if name not in names]:
        plural = "s" if len(unknown) > 1 else ""
        raise ArgumentError(
            f"{operation.name}: unknown argument{plural} {', '.join(unknown)}. Valid arguments: {', '.join(names)}."
        )


def _explained(
    context: CallContext, auth: httpx.Auth, operation: Operation[Any], sent: Mapping[str, Any]
) -> Explanation:
    from ._http11 import encoded, open_http  # the other calls of a client with a transport do not need h11

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

"""Faults in the client, its signer, and what its templates render; all are edits of source."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults._fault import Fault, World

__all__ = ["CLIENT_FAULTS"]

GENERATED, RUNTIME, AUTH = "gemini_clearing", "gemini_clearing_runtime", "gemini_clearing_auth"
BYTES, DECODING, OUTCOMES = "client_bytes", "client_decoding", "client_outcomes"
ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    # What the templates render.
    ("a parameter dropped", BYTES, GENERATED, "            counterparty_id=counterparty_id,\n", ""),
    ("a parameter dropped where calls are awaited", BYTES, GENERATED, "            price=price,\n", ""),
    ("a parameter unknown to the operation", BYTES, GENERATED, '        Argument("limit_orders", LIMIT),\n', ""),
    ("a parameter misnamed on the wire", BYTES, GENERATED, 'Argument("expires_in_hrs", Integer(minimum=1))', 'Argument("expires_in_hrs", Integer(minimum=1), wire="expires_in_hours")'),
    ("a parameter in camelCase on the wire", BYTES, GENERATED, 'Argument("clearing_id", CLEARING_ID, required=True)', 'Argument("clearing_id", CLEARING_ID, required=True, wire="clearingId")'),
    ("two parameters swapped", BYTES, GENERATED, "            amount=amount,\n            price=price,\n", "            amount=price,\n            price=amount,\n"),
    ("source and target swapped", BYTES, GENERATED, "source_counterparty_id=source_counterparty_id", "source_counterparty_id=target_counterparty_id"),
    ("a required parameter optional", BYTES, GENERATED, 'Argument("side", EnumValue(Side), required=True)', 'Argument("side", EnumValue(Side))'),
    ("a maximum forgotten", BYTES, GENERATED, "Integer(minimum=1, maximum=300)", "Integer(minimum=1)"),
    ("a minimum forgotten", BYTES, GENERATED, "LIMIT = Integer(minimum=1)", "LIMIT = Integer()"),
    ("a pattern forgotten", BYTES, GENERATED, 'SYMBOL = String(pattern="^[A-Za-z0-9]+$")', "SYMBOL = String()"),
    ("half a range let through", BYTES, GENERATED, ', needs="expiration_end"', ""),
    ("a wrong path", BYTES, GENERATED, '"/v1/clearing/broker/new"', '"/v1/clearing/new"'),
    ("a path with a slash at its end", BYTES, GENERATED, '"/v1/clearing/cancel"', '"/v1/clearing/cancel/"'),
    ("a wrong class of answer", DECODING, GENERATED, '    "/v1/clearing/status",\n    OrderDetails,', '    "/v1/clearing/status",\n    PlacedOrder,'),
    ("a field of an answer dropped", DECODING, GENERATED, "    is_confirmed: bool | None = None\n", ""),
    ("a field of an answer under a wrong name", DECODING, GENERATED, 'name="createdMs"', 'name="created"'),
    ("an optional field of an answer required", DECODING, GENERATED, "    symbol: str | None = None\n", "    symbol: str\n"),
    ("a closed list of statuses", DECODING, GENERATED, "class OrderStatus(OpenEnum)", "class OrderStatus(ClosedEnum)"),
    ("an open list of sides", DECODING, GENERATED, "class Side(ClosedEnum)", "class Side(OpenEnum)"),
    ("a write marked as safe to repeat", BYTES, GENERATED, "safe_to_repeat=False", "safe_to_repeat=True"),
    ("a read marked as not safe to repeat", BYTES, GENERATED, "safe_to_repeat=True", "safe_to_repeat=False"),
    # How arguments are written.
    ("float arithmetic with money", BYTES, RUNTIME, "        number = _exact(value)\n        if not is_plain(number):", "        number = Decimal(repr(float(_exact(value))))\n        if not is_plain(number):"),
    ("money in scientific form", BYTES, RUNTIME, 'return format(number, "f")', "return str(number)"),
    ("money as a JSON number", BYTES, RUNTIME, "            raise ValueError(f\"must be a decimal above zero, not {_told(value)}\")\n        return text", "            raise ValueError(f\"must be a decimal above zero, not {_told(value)}\")\n        return number"),
    ("money without its zeros", BYTES, RUNTIME, "        text = plain(number)\n", "        text = plain(round(number, 8))\n"),
    ("float money let through", BYTES, RUNTIME, "    if isinstance(value, float):\n        raise ValueError", "    if isinstance(value, float):\n        value = str(value)\n    if False:\n        raise ValueError"),
    ("money of True let through", BYTES, RUNTIME, "    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):", "    if not isinstance(value, Decimal | int | str):"),
    ("times in seconds", BYTES, RUNTIME, "return (moment - _EPOCH) // timedelta(milliseconds=1)", "return (moment - _EPOCH) // timedelta(seconds=1)"),
    ("times through binary floating point", BYTES, RUNTIME, "return (moment - _EPOCH) // timedelta(milliseconds=1)", "return int((moment - _EPOCH).total_seconds()) * 1000"),
    ("absent arguments as null", BYTES, RUNTIME, "        elif argument.required:", "        elif not argument.required:\n            written[argument.wire] = None\n        elif argument.required:"),
    ("a missing argument let through", BYTES, RUNTIME, '            raise ArgumentError(f"{operation.name}: {argument.name} is required.")', "            pass"),
    # How requests are signed.
    ("the secret hex-decoded", BYTES, AUTH, "hmac.digest(secret, payload", "hmac.digest(bytes.fromhex(secret.hex()[: len(secret) // 2 * 2]), payload"),
    ("SHA-256", BYTES, AUTH, '"sha384"', '"sha256"'),
    ("a signature in upper case", BYTES, AUTH, '"sha384").hex()', '"sha384").hex().upper()'),
    ("a signature over the JSON", BYTES, AUTH, "hmac.digest(secret, payload,", "hmac.digest(secret, __import__('base64').b64decode(payload),"),
    ("url-safe base64", BYTES, AUTH, "base64.b64encode(text)", "base64.urlsafe_b64encode(text).rstrip(b'=')"),
    ("the body left on the wire", BYTES, AUTH, '    request.stream = httpx.ByteStream(b"")\n    request._content = b""\n', ""),
    ("the content length of the body", BYTES, AUTH, '(b"Content-Length", b"0")', '(b"Content-Length", b"17")'),
    ("a JSON content type", BYTES, AUTH, 'b"text/plain"', 'b"application/json"'),
    ("no cache control", BYTES, AUTH, ', (b"Cache-Control", b"no-cache")', ""),
    ("the request path as a whole address", BYTES, AUTH, '{"request": request, "nonce": nonce}', '{"request": "https://api.gemini.com" + request, "nonce": nonce}'),
    ("no nonce", BYTES, AUTH, '{"request": request, "nonce": nonce}', '{"request": request}'),
    ("the nonce reused", BYTES, AUTH, "self._last = max(self._clock_ns() // 1_000, self._last + 1)", "self._last = self._last or self._clock_ns() // 1_000"),
    ("the nonce counting down", BYTES, AUTH, "self._last = max(self._clock_ns() // 1_000, self._last + 1)", "self._last = (self._last or self._clock_ns() // 1_000) - 1"),
    ("the nonce reused on retry", BYTES, AUTH, "nonce=self._draw())", "nonce=parameters_nonce.setdefault(parameters, self._draw()))"),
    # What is made of answers.
    ("a refusal under 200 taken for success", DECODING, RUNTIME, "return _refusal_under_200(operation, raw) or _result(operation, raw)", "return _result(operation, raw)"),
    ("a failed cancellation taken for success", DECODING, RUNTIME, '"failed": CancelFailedError', '"fail": CancelFailedError'),
    ("a refusal without its reason", DECODING, RUNTIME, "kind(operation=operation.name, reason=reason, message=message, raw=raw)", "kind(operation=operation.name, reason=None, message=message, raw=raw)"),
    ("a server error taken for a refusal", DECODING, RUNTIME, "if 400 <= raw.status < 500 and raw.status not in _UNTRUSTED_4XX:", "if 400 <= raw.status:"),
    ("an unknown status word fatal", DECODING, RUNTIME, "        if not isinstance(value, str):\n            return None\n", "        return None\n"),
    ("answers read without their contract", DECODING, RUNTIME, "            strict.decode(content)\n", "            pass\n"),
    ("answered money through binary floating point", DECODING, RUNTIME, "return make(content)", "return make(msgspec.json.encode(msgspec.json.decode(content)))"),
    ("answered times in seconds alone", DECODING, RUNTIME, "    if number < _FIRST_MILLISECONDS:\n            number *= 1000", ""),
    ("answered times without a zone", DECODING, RUNTIME, "moment._wire = value if isinstance(value, str) else int(value)", "moment._wire = int(value)"),
    ("a contract error without its place", DECODING, RUNTIME, 'cast("ContractViolatedError", violated).place = place', "violated = call.perhaps(ContractViolatedError, 'the answer is wrong', raw)"),
    ("refused nonces not repeated", BYTES, RUNTIME, "    if isinstance(error, InvalidNonceError | RateLimitError):\n        return True", "    if False:\n        return True"),
    ("writes repeated after a lost answer", BYTES, RUNTIME, "    if not operation.safe_to_repeat:\n        return False\n", ""),
    ("an unknown outcome told as a refusal of arguments", BYTES, RUNTIME, "            return call.perhaps(OutcomeUnknownError, problem, raw)", '            return ConnectionFailedError(f"{problem}")'),
    # What is made of a lost answer.
    ("a canceled order taken for a confirmed one", OUTCOMES, GENERATED, 'executed=("Confirmed", "AttemptSettlement", "Settled")', 'executed=("Confirmed", "AttemptSettlement", "Settled", "Canceled")'),
    ("a waiting order taken for no proof", OUTCOMES, GENERATED, 'not_executed=("AwaitConfirm", "AwaitSourceTargetConfirm", "Canceled")', 'not_executed=("Canceled",)'),
    ("source and target swapped in what a status proves", OUTCOMES, GENERATED, '{"AwaitTargetConfirm": "source", "AwaitSourceConfirm": "target"}', '{"AwaitTargetConfirm": "target", "AwaitSourceConfirm": "source"}'),
    ("no question for a lost cancellation", OUTCOMES, GENERATED, "    resolve=ResolveByStatus(\n        operation=GET_ORDER,\n        match={\"clearing_id\": \"clearing_id\"},\n        executed=(\"Canceled\",)", "    resolve=None and ResolveByStatus(\n        operation=GET_ORDER,\n        match={\"clearing_id\": \"clearing_id\"},\n        executed=(\"Canceled\",)"),
    ("a search for its order that ignores the price", OUTCOMES, GENERATED, '            "price": "price",\n', ""),
    ("two fitting orders taken for one", OUTCOMES, RUNTIME, "outcomes = {0: absent, 1: Outcome.EXECUTED}", "outcomes = {0: absent, 1: Outcome.EXECUTED, 2: Outcome.EXECUTED}"),
    ("every listed order taken for its own", OUTCOMES, RUNTIME, "return all(_same(sent[ours]", "return any(_same(sent[ours]"),
    ("an empty list taken for no proof", OUTCOMES, RUNTIME, "absent = Outcome.AMBIGUOUS if _clocks_differ(listed) else Outcome.NOT_EXECUTED", "absent = Outcome.AMBIGUOUS"),
    ("a missing order taken for no proof", OUTCOMES, RUNTIME, "return Resolution(Outcome.NOT_EXECUTED)  #", "return Resolution(Outcome.AMBIGUOUS)  #"),
    ("a window that begins after the order", OUTCOMES, RUNTIME, "start: sent_at - _SKEW", "start: sent_at + _SKEW"),
    ("a window that ends before the order", OUTCOMES, RUNTIME, "end: _time.utc_now() + _SKEW", "end: sent_at - _SKEW"),
    ("no account in its question", OUTCOMES, RUNTIME, "return Query(ask.operation, filters | _account(sent))", "return Query(ask.operation, filters)"),
    ("amounts compared as text", OUTCOMES, RUNTIME, "        return Decimal(sent) == listed\n", "        return str(sent) == str(listed)\n"),
    ("symbols compared by case", OUTCOMES, RUNTIME, "str(sent).upper() == str(listed).upper()", "str(sent) == str(listed)"),
)  # fmt: skip


def edit(package: str, old: str, new: str) -> Callable[[World], None]:
    """Replace a piece of a package's source."""
    return lambda world: world.edit(package, old, new)


def _reused_on_retry(world: World) -> None:
    world.edit(AUTH, "nonce=self._draw())", "nonce=request.extensions.setdefault('drawn', self._draw()))")
    world.edit(RUNTIME, "    for attempt in count(1):\n        extensions = {", "    drawn = {}\n    for attempt in count(1):\n        extensions = {")
    world.edit(RUNTIME, "        call = _Attempt(operation, deadline, attempt, request)", "        request.extensions = _Kept(request.extensions, drawn)\n        call = _Attempt(operation, deadline, attempt, request)")
    world.edit(
        RUNTIME,
        "def run_call(",
        "class _Kept(dict):\n    def __init__(self, extensions, drawn):\n        super().__init__(extensions)\n        self.drawn = drawn\n\n"
        "    def setdefault(self, key, value):\n        return self.drawn.setdefault(key, value)\n\n\ndef run_call(",
    )


SPECIAL: dict[str, Callable[[World], None]] = {"the nonce reused on retry": _reused_on_retry}
CLIENT_FAULTS = tuple(
    Fault(f"the client has {name}", "client", meant, SPECIAL.get(name, edit(package, old, new)))
    for name, meant, package, old, new in ENTRIES
)

"""Faults in how the runtime validates and serializes arguments."""

from tests.faults.catalog.layers import CLIENT_BYTES
from tests.faults.catalog.source_text import Row, client_faults

__all__ = ["ARGUMENT_FAULTS"]

ROWS: tuple[Row, ...] = (
    (
        "converts money arguments through a float",
        CLIENT_BYTES,
        "        number = _exact(value)\n        text = ",
        "        number = Decimal(repr(float(_exact(value))))\n        text = ",
    ),
    ("sends money in scientific notation", CLIENT_BYTES, 'return format(number, "f") if', "return str(number) if"),
    (
        "sends money as a JSON number",
        CLIENT_BYTES,
        '            raise ValueError(f"{typed(value)}. {rule}")\n        return text',
        '            raise ValueError(f"{typed(value)}. {rule}")\n        return number',
    ),
    (
        "rounds money to eight decimal places",
        CLIENT_BYTES,
        "        text = plain_digits(number)\n",
        "        text = plain_digits(round(number, 8))\n",
    ),
    (
        "accepts a float as money",
        CLIENT_BYTES,
        "    if isinstance(value, float):\n        raise ValueError",
        "    if isinstance(value, float):\n        value = str(value)\n    if False:\n        raise ValueError",
    ),
    (
        "accepts True as money",
        CLIENT_BYTES,
        "    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):",
        "    if not isinstance(value, Decimal | int | str):",
    ),
    (
        "sends timestamps in seconds",
        CLIENT_BYTES,
        "return (moment - _EPOCH) // timedelta(milliseconds=1)",
        "return (moment - _EPOCH) // timedelta(seconds=1)",
    ),
    (
        "truncates timestamps to whole seconds",
        CLIENT_BYTES,
        "return (moment - _EPOCH) // timedelta(milliseconds=1)",
        "return int((moment - _EPOCH).total_seconds()) * 1000",
    ),
    (
        "sends omitted arguments as null",
        CLIENT_BYTES,
        "            if argument.required:\n",
        "            if not argument.required:\n                sent[argument.name] = None\n            if argument.required:\n",
    ),
    (
        "accepts a call without a required argument",
        CLIENT_BYTES,
        '                raise ArgumentError(f"{operation.name}: missing {argument.name}. It is required.")',
        "                pass",
    ),
)
ARGUMENT_FAULTS = client_faults("gemini_clearing_runtime", ROWS)

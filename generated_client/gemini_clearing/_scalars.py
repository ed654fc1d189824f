# Generated from openapi/clearing.yaml by `make generate`. Do not edit: change the spec or the templates.
"""The scalars that have a name in the spec, with their constraints."""

from gemini_clearing_runtime import DecimalNumber, DecimalText, Integer, String, Time

ACCOUNT_NAME = String(min_length=1)
AMOUNT = DecimalText(pattern=r"^(0*[1-9][0-9]*(\.[0-9]+)?|0+\.0*[1-9][0-9]*)$")
CLEARING_ID = String(min_length=1)
COUNTERPARTY_ID = String(min_length=1)
DECIMAL_NUMBER = DecimalNumber()
DECIMAL_TEXT = DecimalText(pattern=r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$")
LIMIT = Integer(minimum=1)
PRICE = DecimalText(pattern=r"^(0*[1-9][0-9]*(\.[0-9]+)?|0+\.0*[1-9][0-9]*)$")
RESPONSE_MILLISECONDS = Time(minimum=0, maximum=253402300799999)
RESPONSE_TIME = Time(minimum=0, maximum=253402300799999, text="^[0-9]{1,14}$")
STATUS_FILTER = String(min_length=1)
SYMBOL = String(pattern="^[A-Za-z0-9]+$")
TIMESTAMP = Time(minimum=0, text="^[0-9]+$")

"""A configuration file in which the tests replace single words."""

__all__ = ["SMALL"]

SMALL = """\
[choices]
default_expiry_hours = 2
seed = 7

[[symbols]]
name = "ABCXYZ"
base = "ABC"
quote = "XYZ"
amount_step = "0.5"
price_step = 0.01

[[accounts]]
name = "north"
counterparty_id = "NORTH"
balances = { ABC = "10", XYZ = 1000 }
aliases = { SOUTH = "them" }

[[accounts]]
name = "south"
counterparty_id = "SOUTH"

[[keys]]
name = "north"
api_key = "account-north"
api_secret = "made-up"
account = "north"
roles = ["Trader", "Fund Manager"]
"""

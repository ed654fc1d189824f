"""
The HTTP API of the exchange: routes, checks in their documented order, request fields, handlers and error responses.
"""

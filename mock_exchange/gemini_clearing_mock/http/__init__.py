"""
HTTP messages, and the adapters that carry them into an exchange.

The adapters (ASGI application, httpx transports) take a function `Request -> Response` and do not import the exchange.
"""

"""Clients in other languages against the mock exchange, and what it takes to run them."""

"""Scenarios: orders from their creation to their end, and the lists that contain them."""

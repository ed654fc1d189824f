"""Tests of openapi/clearing.yaml itself: valid, complete against the documentation, at one with itself."""

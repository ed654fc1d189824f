"""Findings: what they contain, how they are redacted, and which of them have the same root cause."""

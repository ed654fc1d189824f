"""
The command `gemini-clearing`: orders, trades, explanations and the journal in a terminal. It needs the extra `[cli]`.

The options of its commands come from the generated operations, so they are those of the spec.
"""

__all__: list[str] = []

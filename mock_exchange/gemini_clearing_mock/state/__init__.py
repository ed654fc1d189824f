"""
The state of an exchange: records, the rules that change them, the transaction that guards them, and the file store.

Nothing here depends on HTTP.
"""

"""
The controls of a test: clock, desks, faults, and the same over HTTP at `/__mock__/` with the console.
"""

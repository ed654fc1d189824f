"""
Deterministic simulation: client, network and exchange in one process and in simulated time, by seed.

`README.md` in this folder describes how to run it and what it checks.
"""

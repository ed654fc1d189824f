"""
Deterministic simulation: client, network and exchange in one process and in simulated time, by seed.

`README.md` in this folder describes its commands and its rules.
"""

"""
Seeded faults of the client: each breaks one rule, and the simulation must detect it.

They show that a run without violations means something. `catalog` lists them.
"""

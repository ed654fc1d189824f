"""
Seeded faults, which measure the contract suite.

`python -m tests.faults` plants each fault of the catalog and reports which layers of the suite detect it.
"""

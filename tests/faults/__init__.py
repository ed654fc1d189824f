"""The catalogue of seeded faults, and the run that shows which layer of the contract suite catches each: `python -m tests.faults`."""

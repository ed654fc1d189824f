"""
Prose lint: counts mannered phrases in every text that a person reads.

`python -m tests.project.prose [PATH…]` lists each hit with file, line and replacement; `make lint` runs it on all
committed files. The phrases are in `phrases.py`, what counts as prose in `extraction.py`, the limit in `counting.py`.
"""

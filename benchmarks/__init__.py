"""
The project's speed, as ratios measured in one run: `python -m benchmarks`.

Only a ratio has a limit, because absolute figures depend on the machine. They are printed next to the ratio.
"""

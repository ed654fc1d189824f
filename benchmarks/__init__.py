"""
What the project claims about speed, as ratios measured in one run: ``python -m benchmarks``.

Absolute figures depend on the machine and are shown beside; only a ratio has a limit.
"""

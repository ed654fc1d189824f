"""
The client against the mock exchange over real sockets, through a proxy that injects faults.

The simulation covers more faults and repeats exactly; this run shows that real connections behave like simulated ones.
"""

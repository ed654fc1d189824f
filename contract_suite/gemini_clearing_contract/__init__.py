"""The contract suite: judges a server, and the generated client, against the spec."""

"""Mutation testing of the hand-written packages: which mutants the unit tests and the contract suite kill."""

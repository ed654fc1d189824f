"""Mutation testing: mutants of signer, runtime and mock, and what catches each."""

"""Other tools that test a server by its OpenAPI file, run on the same defects as the suite."""

"""
The contract suite: tests a server, and the generated client, against the OpenAPI file.

Its public interface is the command `gemini-clearing-contract` and the pytest options of `pytest_plugin`.
Everything else may change. Nothing is imported here, so that the pytest plugin costs nothing while it is not used.

PYTEST_DONT_REWRITE: pytest would warn that it cannot rewrite a package with a plugin that is already imported.
"""

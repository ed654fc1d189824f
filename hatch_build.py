"""
Build hook: the wheel contains the OpenAPI file as package data of the contract suite.

An editable install must not: it would read a copy that does not follow edits. hatchling applies `force-include` of
pyproject.toml to editable installs as well, and `force_include` of a hook only to standard ones (read in 1.27).
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

__all__ = ["SpecHook"]


class SpecHook(BuildHookInterface):
    """Adds the OpenAPI file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file to a standard wheel."""
        if version == "standard":
            build_data["force_include"]["openapi/clearing.yaml"] = "gemini_clearing_contract/clearing.yaml"

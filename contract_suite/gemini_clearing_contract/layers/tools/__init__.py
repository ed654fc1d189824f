"""The third-party tools that layers use, and the client under test."""

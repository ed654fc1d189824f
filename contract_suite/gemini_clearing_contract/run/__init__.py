"""A run: its profile, its session with the target, its findings, and the order of its layers."""

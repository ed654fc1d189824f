"""
Specmatic as a second opinion of a change: its own comparison of both specs, and where it disagrees with ours.

It never changes our weight or the exit status: docs/changing-the-spec.md has the reason, and the measurement.
"""

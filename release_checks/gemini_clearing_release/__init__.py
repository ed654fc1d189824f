"""The rehearsal of a release: two builds, their comparison, and the checks of the result. It is never shipped."""

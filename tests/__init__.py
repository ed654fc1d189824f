"""All tests of the project; README.md in this folder describes the subfolders."""

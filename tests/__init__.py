"""Every test of the project; README.md beside this file says what is where."""

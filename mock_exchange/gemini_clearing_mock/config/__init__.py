"""
The configuration of an exchange: its records, the demo configuration, and the TOML file.
"""

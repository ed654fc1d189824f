"""Defects of other REST APIs (Defects4REST, ICSE 2026), ported to the mock, and a comparison with other tools."""

"""The reports of a run: terminal, JSON, JUnit and HTML, all drawn from one plain summary."""

"""The targets: the embedded mock, any server over HTTP, and Gemini's sandbox."""

"""What is judged: the embedded mock, any server over HTTP, Gemini's sandbox; and what is there before a run."""

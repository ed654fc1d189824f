"""What the spec owes to a request, and whether an answer is that: verdict, outcome, shape, sentence, truth."""

"""What is sent and answered: values, arguments, answers and flaws made from the spec, and the recorded corpus."""

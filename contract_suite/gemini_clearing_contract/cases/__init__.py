"""Test data made from the spec: field values, arguments, sample responses, negative cases, and the recorded corpus."""

"""Orders from placement to their end, and the lists that show them."""

"""Third-party tools, as the layers use them."""

"""The oracle: which response the spec allows for a request, and whether a response is one of them."""

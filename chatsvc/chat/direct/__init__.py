"""Direct messages, between two people."""

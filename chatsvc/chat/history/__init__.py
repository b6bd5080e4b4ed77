"""What was said earlier."""

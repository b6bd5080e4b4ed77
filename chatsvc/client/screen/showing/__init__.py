"""What is shown around the messages."""

"""What helps with writing."""

"""People, and their names."""

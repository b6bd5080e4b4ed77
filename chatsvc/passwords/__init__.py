"""Password hashing, in a process of its own."""

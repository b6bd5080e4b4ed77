"""What a command is, what its parameters are, and what a typed line means."""

"""The vocabulary of what can happen, for the server, its doors and its clients."""

"""The vocabulary of events, for the server, its doors and its clients."""

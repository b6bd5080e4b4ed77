"""The connection to the server, which is restored when it is lost."""

"""The connection to the server, which is made again when it is lost."""

"""The connection to the server: where it goes, and what goes over it."""

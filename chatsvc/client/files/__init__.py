"""The files that the client writes for its user."""

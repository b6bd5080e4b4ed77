"""The SQLite store: messages and records in a file."""

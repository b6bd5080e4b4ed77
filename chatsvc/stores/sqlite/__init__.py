"""Keeps what is said, and records, in a file of SQLite's."""

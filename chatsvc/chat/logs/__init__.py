"""Logs: events are committed to the store, then appended to the log of their room."""

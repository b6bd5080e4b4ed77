"""Verbs that ask about people and the server."""

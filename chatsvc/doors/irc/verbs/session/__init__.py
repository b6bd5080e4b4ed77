"""Verbs of a session: registration, capabilities, accounts."""

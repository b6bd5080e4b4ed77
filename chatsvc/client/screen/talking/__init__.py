"""Talking with the server: sending lines, and showing events."""

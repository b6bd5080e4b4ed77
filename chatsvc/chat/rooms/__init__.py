"""Rooms that people join."""

"""Whose connection it is."""

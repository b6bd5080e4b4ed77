"""Backups of a store: made while a server runs, checked, kept and restored."""

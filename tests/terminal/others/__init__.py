"""Terminals of others, and our pictures on them."""

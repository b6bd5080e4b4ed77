"""Modes in which keys mean something else until they end: picking, searching, typing a number."""

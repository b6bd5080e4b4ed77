"""Trying the IRC door with what others have written."""

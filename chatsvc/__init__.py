"""A chat server that anyone can reach with whatever they have in hand."""

__version__ = "0.1.0"

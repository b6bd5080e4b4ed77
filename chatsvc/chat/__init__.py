"""The chat itself: plain Python, no Twisted, no sockets, no files."""

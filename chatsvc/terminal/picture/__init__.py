"""The picture on a terminal: what is shown where, and the bytes that change it."""

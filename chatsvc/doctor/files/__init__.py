"""The server's files: the store and its disk, and who may read what."""

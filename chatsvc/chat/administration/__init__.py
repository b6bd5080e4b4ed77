"""Administration: what only those who run the server do to rooms and accounts."""

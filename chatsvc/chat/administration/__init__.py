"""Administration: what only administrators do to rooms and accounts."""

"""Records and counters in the store."""

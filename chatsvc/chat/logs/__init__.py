"""The logs: what happens is committed to the store, and then stands in the log of its room."""

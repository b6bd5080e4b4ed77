"""The log: its formats, its output, and the journal."""

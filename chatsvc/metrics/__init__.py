"""Metrics: what the server counts, for monitoring."""

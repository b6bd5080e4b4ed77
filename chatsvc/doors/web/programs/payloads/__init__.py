"""Payloads that other services post to hooks, as people read them: one file a service."""

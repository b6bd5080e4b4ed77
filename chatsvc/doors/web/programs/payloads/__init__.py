"""What other services post to hooks, as people read it: one file a service."""

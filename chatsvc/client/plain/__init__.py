"""The client as lines: for pipes, scripts and screen readers."""

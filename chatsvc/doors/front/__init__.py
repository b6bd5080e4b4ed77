"""The front door: one port for all protocols."""

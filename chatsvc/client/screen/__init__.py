"""The client on a terminal of its own, with a window for each room."""

"""The windows: the messages of each room and person, and which window is in view."""

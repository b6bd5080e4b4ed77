"""The windows: what is said in each room and with each person, and which of it is in view."""

"""Reading rooms: as they go on, and what was said earlier."""

"""Reading rooms: their events as they happen, and their history."""

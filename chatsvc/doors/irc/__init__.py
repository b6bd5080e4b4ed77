"""The IRC door: the same rooms and people for IRC clients."""

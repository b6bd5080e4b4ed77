"""Flow control: who has to wait with what they say, and how much may wait for the slow."""

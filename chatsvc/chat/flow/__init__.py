"""Flow control: who has to wait before speaking, and how much may wait for slow readers."""

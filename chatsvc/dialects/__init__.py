"""What is spoken through a door: text for people, JSON lines for programs."""

"""The dialects of the line door: text for people, JSON lines for programs."""

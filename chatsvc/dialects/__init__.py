"""The dialects: text for people, JSON lines for programs."""

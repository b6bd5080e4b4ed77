"""Help with writing: completion, emoji, and long texts."""

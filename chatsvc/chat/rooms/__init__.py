"""Rooms: joining, speaking, settings, and how they end."""

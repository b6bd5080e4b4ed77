"""How order is kept."""

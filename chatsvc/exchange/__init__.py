"""Exchange: exports for other programs, and imports from them."""

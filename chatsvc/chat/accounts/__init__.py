"""Names that belong to somebody."""

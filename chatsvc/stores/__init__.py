"""The stores: one engine each."""

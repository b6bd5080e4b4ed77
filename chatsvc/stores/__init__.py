"""The stores, one file or folder each."""

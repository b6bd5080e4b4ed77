"""Text that people type."""

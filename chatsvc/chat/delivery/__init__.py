"""The kernel: rooms are logs, readers are cursors, and rounds deliver."""

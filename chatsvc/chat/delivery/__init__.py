"""Delivery: readers, which are cursors in the logs, and the rounds that move them."""

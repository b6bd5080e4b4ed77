"""Delivery: rounds bring every reader up to date."""

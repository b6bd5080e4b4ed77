"""Accounts: names that belong to somebody."""

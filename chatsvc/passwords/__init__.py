"""Passwords, hashed in a process of their own."""

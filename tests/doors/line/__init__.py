"""Tests of chatsvc/doors/line.py."""

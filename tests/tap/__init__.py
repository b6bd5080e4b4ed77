"""Tests of chatsvc/tap.py and its options."""

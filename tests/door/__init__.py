"""Tests of chatsvc/door/."""

"""Tests of chatsvc/terminal/."""

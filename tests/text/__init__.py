"""Tests of chatsvc/text/."""

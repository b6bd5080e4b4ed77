"""Tests of chatsvc/doors/."""

"""Tests of chatsvc/passwords/."""

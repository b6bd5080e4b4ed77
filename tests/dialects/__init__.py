"""Tests of chatsvc/dialects/."""

"""Tests of chatsvc/events/."""

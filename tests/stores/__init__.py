"""Tests of chatsvc/stores/."""

"""Tests of chatsvc/chat/direct/."""

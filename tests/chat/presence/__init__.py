"""Tests of chatsvc/chat/presence/."""

"""Tests of chatsvc/chat/."""

"""Tests of chatsvc/chat/identity/."""

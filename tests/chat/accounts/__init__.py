"""Tests of chatsvc/chat/accounts/."""

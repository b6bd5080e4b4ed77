"""Tests of chatsvc/chat/history/."""

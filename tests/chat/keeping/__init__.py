"""Tests of chatsvc/chat/keeping/."""

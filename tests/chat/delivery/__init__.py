"""Tests of chatsvc/chat/delivery/."""

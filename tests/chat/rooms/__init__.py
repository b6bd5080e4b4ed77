"""Tests of chatsvc/chat/rooms/."""

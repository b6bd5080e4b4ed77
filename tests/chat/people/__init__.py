"""Tests of chatsvc/chat/people/."""

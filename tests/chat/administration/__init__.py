"""Tests of chatsvc/chat/administration/."""

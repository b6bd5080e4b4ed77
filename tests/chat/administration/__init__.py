"""Tests of chatsvc/chat/moderation/."""

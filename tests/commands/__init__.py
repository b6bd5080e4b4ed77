"""Tests of chatsvc/commands/."""

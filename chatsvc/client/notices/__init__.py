"""Telling the user of mentions and direct messages, on the screen and with --plain."""

"""Verbs of what is said: PRIVMSG, CHATHISTORY and their like."""

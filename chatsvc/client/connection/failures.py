"""Reasons why there is no connection to a server."""


class NoAnswer(Exception):
    """The server speaks no JSON lines."""


class SpeaksTls(Exception):
    """The server speaks TLS at that address, and nothing else."""


class NotLetIn(Exception):
    """The server lets nobody in, or not this one; the text is what it says."""

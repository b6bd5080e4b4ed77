"""The failures to connect to a server."""


class NoAnswer(Exception):
    """The server does not speak JSON lines."""


class SpeaksTls(Exception):
    """The server speaks only TLS at that address."""


class NotLetIn(Exception):
    """The server does not let the client in; the text is the server's."""

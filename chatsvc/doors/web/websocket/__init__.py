"""WebSockets (RFC 6455), for pages and for IRC clients on the web."""

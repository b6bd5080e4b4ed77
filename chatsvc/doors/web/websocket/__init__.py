"""WebSockets (RFC 6455), by which pages and IRC clients on the web come in."""

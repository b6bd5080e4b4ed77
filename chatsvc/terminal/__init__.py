"""A terminal as bytes in and bytes out: keys, a line editor, a screen. No sockets, no files."""

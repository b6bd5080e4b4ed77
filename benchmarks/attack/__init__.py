"""What a stranger can do to those who use a server, tried on a real one."""

"""What systemd provides: its sockets, and being told how the server is."""

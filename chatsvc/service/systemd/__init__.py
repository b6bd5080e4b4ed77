"""systemd: its sockets, and reports to it."""

"""What goes to the server, and what comes from it."""

"""What the clients of the IRC door share."""

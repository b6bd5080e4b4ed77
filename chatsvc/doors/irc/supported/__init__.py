"""What the IRC door supports: capabilities, modes, and ISUPPORT."""

"""Settings of the user: from the command line, else from a file, else the defaults."""

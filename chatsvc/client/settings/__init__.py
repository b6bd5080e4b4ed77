"""What the user wants: from the command line, else from a file, else the defaults."""

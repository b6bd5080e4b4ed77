"""The formats that are read, one a file, and what they share."""

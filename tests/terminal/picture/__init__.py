"""The picture on a terminal."""

"""The web door: a page for browsers, and HTTP for programs."""

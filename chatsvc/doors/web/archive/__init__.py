"""The archive: public rooms as plain pages, for browsers without scripts and for search engines."""

"""The log: levels, formats, where it goes, and the journal."""

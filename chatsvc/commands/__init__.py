"""What people can type after a slash: one file a subject."""

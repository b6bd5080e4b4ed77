"""The commands of chatsvc-admin, one file a subject."""

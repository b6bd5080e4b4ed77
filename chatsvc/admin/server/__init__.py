"""The server's side of chatsvc-admin."""

"""The program chatsvc-admin: its command line, the way to the server, and what it prints."""

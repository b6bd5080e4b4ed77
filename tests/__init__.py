"""The tests; they mirror chatsvc/."""

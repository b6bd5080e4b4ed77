"""The settings of the server: one table, read from options, chatsvc.toml and the environment."""

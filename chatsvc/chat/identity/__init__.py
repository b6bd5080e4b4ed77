"""Who a connection belongs to: logins, tokens, resuming."""

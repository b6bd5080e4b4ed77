"""History: recalling messages, read markers, nonces and retention."""

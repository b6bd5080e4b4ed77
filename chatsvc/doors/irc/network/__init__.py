"""The state that IRC clients share."""

"""The wording of events as IRC's lines."""

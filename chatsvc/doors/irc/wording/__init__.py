"""Events as IRC's lines."""

"""IRC's messages as bytes, without a socket."""

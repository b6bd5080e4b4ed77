"""Exchange: what was said, as files for other programs and from them."""

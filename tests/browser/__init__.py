"""The page in a real browser, on a real server; skipped where there is none (`make browser`)."""

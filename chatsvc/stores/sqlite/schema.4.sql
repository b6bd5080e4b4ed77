-- The name of the speaker's account; empty for guests, and for what was said before it was kept.
ALTER TABLE said ADD COLUMN account TEXT NOT NULL DEFAULT '';

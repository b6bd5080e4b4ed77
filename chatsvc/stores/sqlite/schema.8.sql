-- The bytes of words, about, that were removed from the index since it was last merged into one part:
-- until then it has them twice, where they were, and in a newer part as removed.
ALTER TABLE marks ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;

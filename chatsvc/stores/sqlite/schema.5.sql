-- The imports: the ids of said rise with time except for those of imported messages, which rise with
-- time among themselves.
CREATE TABLE imports (
    first INTEGER PRIMARY KEY,   -- the first id of the import
    last INTEGER NOT NULL,       -- the last one; not all of them need be used
    unindexed INTEGER NOT NULL   -- from this id on, none of them is in the index of words
);

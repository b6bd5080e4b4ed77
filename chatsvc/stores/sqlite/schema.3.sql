-- The index holds the words into which chatsvc.words splits a text, with blanks between them, and
-- each name as one word; none of it is split further here. It has no copy of them. It is made anew
-- when it was made in another way, from what was said last to what was said first, in spare time.
DROP TABLE words;
CREATE VIRTUAL TABLE words USING fts5 (
    text,
    speaker,
    room,
    content = '',
    columnsize = 0,
    tokenize = 'ascii tokenchars ''!"#$%&''''()*+,-./:;<=>?@[\]^_`{|}~'''
);
INSERT INTO words (words, rank) VALUES ('automerge', 0);

-- The version of chatsvc.words by which the index was made.
ALTER TABLE marks ADD COLUMN words TEXT NOT NULL DEFAULT '';
-- The id up to which nothing is in the index; once all is indexed, nothing that old is kept.
ALTER TABLE marks ADD COLUMN unindexed INTEGER NOT NULL DEFAULT 0;

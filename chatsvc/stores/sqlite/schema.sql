-- What a file of the SQLite store holds: version 1 of it, which is its user_version.
-- schema.2.sql, once there is one, makes version 2 of version 1, and so on; nothing is changed here.

-- What was said, in the order of time as well as of ids.
CREATE TABLE said (
    id INTEGER PRIMARY KEY,
    room TEXT NOT NULL,
    position INTEGER NOT NULL,  -- in the room
    at REAL NOT NULL,           -- seconds since the epoch
    kind TEXT NOT NULL,
    speaker TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE UNIQUE INDEX said_position ON said (room, position);

-- The newest position of what was deleted, for each room where something was.
CREATE TABLE heads (
    room TEXT PRIMARY KEY,
    head INTEGER NOT NULL
) WITHOUT ROWID;

-- Small named things; the version is one more each time that one is changed.
CREATE TABLE records (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    version INTEGER NOT NULL
);

-- How far the work has come that is done afterwards; one row.
CREATE TABLE marks (
    indexed INTEGER NOT NULL,  -- the id of the newest that is in the index of words
    deleted INTEGER NOT NULL,  -- the newest id that was deleted; none is used twice
    mended INTEGER NOT NULL,   -- how often something that failed was cleared away
    -- where there may be traces of texts that were replaced: 0 nowhere; 1 in the log; 2 in the
    -- index as well, which is being merged to be rid of them; 3 the same, not yet begun
    traces INTEGER NOT NULL
);
INSERT INTO marks VALUES (0, 0, 0, 0);

-- The index of words. It takes the text from `said`, and holds no copy of it. The names are in it
-- so that it need not be read through where little was said in a room or by somebody.
CREATE VIRTUAL TABLE words USING fts5 (
    text,
    speaker,
    room,
    content = 'said',
    content_rowid = 'id',
    columnsize = 0,
    tokenize = 'unicode61 remove_diacritics 2'
);
-- Its parts are not merged whenever they are many, which may take long, but in spare time.
INSERT INTO words (words, rank) VALUES ('automerge', 0);

"""The SQL statements."""

from __future__ import annotations

from functools import cache

COLUMNS = (
    "said.id, said.room, position, at, kind, said.speaker, said.text, nonce, account, reply_to"
)
AFTER = f"SELECT {COLUMNS} FROM said WHERE room = ? AND position > ? ORDER BY position LIMIT ?"
BEFORE = (
    f"SELECT {COLUMNS} FROM said WHERE room = ? AND position < ? ORDER BY position DESC LIMIT ?"
)


# In the order of the index, so that SQLite need not sort the answers to a million messages.
ANSWERS = (
    f"SELECT {COLUMNS.replace('said.', '')} FROM (SELECT * FROM said WHERE room = ?"
    " AND reply_to > 0 AND reply_to BETWEEN ? AND ? ORDER BY reply_to DESC, id DESC LIMIT 2000)"
    " WHERE kind IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT ?"
)
FIND = f"SELECT {COLUMNS} FROM said WHERE id = ?"
NEWEST = f"SELECT {COLUMNS} FROM said WHERE id < ? ORDER BY id DESC LIMIT ?"
ENDS = (
    "SELECT (SELECT min(position) FROM said WHERE room = ?1),"
    " (SELECT max(position) FROM said WHERE room = ?1)"
)


NEAREST = (
    "SELECT position, at, id FROM said WHERE room = ? AND position <= ?"
    " ORDER BY position DESC LIMIT 1"
)


# By itself, each is looked up; together, they would take a scan of the index.
IDS = (
    "SELECT (SELECT min(id) FROM said WHERE id >= ?1 AND id <= ?2),"
    " (SELECT max(id) FROM said WHERE id >= ?1 AND id <= ?2)"
)
NEAREST_ID = "SELECT at FROM said WHERE id <= ? ORDER BY id DESC LIMIT 1"


NEWEST_BEFORE = (
    "SELECT max(position) FROM"
    " (SELECT position, at FROM said WHERE room = ? ORDER BY position DESC LIMIT ?) WHERE at < ?"
)


# Walks the index from the newest message, only as far as needed.
SEARCH = (
    f"SELECT {COLUMNS} FROM words CROSS JOIN said ON said.id = words.rowid"
    " WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ?"
    " ORDER BY words.rowid DESC LIMIT ?"
)


@cache
def say(number: int) -> str:
    """The statement that stores some messages; see `connection.ROWS` for the most."""
    return "INSERT INTO said VALUES " + ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * number)


# The rows of an import, in JSON; see `Store.add_imported`. SQLite reads them without the
# interpreter's lock.
ADD_IMPORTED = (
    "INSERT INTO said (id, room, position, at, kind, speaker, text, account, reply_to)"
    " SELECT value ->> 0, ?1 ->> (value ->> 1), value ->> 2, value ->> 3, ?2 ->> (value ->> 4),"
    " value ->> 5, value ->> 6, value ->> 7, value ->> 8 FROM json_each(?3)"
)
ADD_IMPORT = "INSERT INTO imports (first, last, unindexed) VALUES (?1, ?2, ?1)"
IMPORTS = "SELECT first, last FROM imports ORDER BY first"
COUNT_IMPORTS = "SELECT count(*) FROM imports"
UNINDEXED_IMPORTS = "SELECT first, unindexed, last FROM imports WHERE unindexed <= last"
# An import may have no messages left, if it was cut off or has been forgotten since.
DROP_IMPORTS = (
    "DELETE FROM imports WHERE NOT EXISTS"
    " (SELECT 1 FROM said WHERE said.id BETWEEN imports.first AND imports.last)"
)


# Skips from room to room in the index instead of scanning it, and over all rooms of two, whose keys
# begin with "@", which is followed by "A".
HEADS = (
    "WITH RECURSIVE rooms (room) AS (SELECT coalesce((SELECT min(room) FROM said WHERE room < '@'),"
    " (SELECT min(room) FROM said WHERE room >= 'A')) UNION ALL SELECT"
    " coalesce((SELECT min(room) FROM said WHERE said.room > rooms.room AND said.room < '@'),"
    " (SELECT min(room) FROM said WHERE said.room > rooms.room AND said.room >= 'A'))"
    " FROM rooms WHERE room IS NOT NULL)"
    " SELECT room, (SELECT max(position) FROM said WHERE said.room = rooms.room)"
    " FROM rooms WHERE room IS NOT NULL"
)


LAST_IDS = (
    "SELECT json_group_array(json_array(value,"
    " (SELECT id FROM said WHERE room = value ORDER BY position DESC LIMIT 1))) FROM json_each(?)"
)


# The index may end beyond them all, at the ids of an import that was cut off.
LAST_ID = "SELECT max(deleted, indexed, coalesce((SELECT max(id) FROM said), 0)) FROM marks"


# In one row, as each row delays others a little.
TEXTS = (
    "SELECT json_group_array(json_array(id, text, speaker, room)) FROM"
    " (SELECT id, text, speaker, room FROM said WHERE {})"
)
# Subqueries: with a join, SQLite would read all messages to find the newest.
_INDEXED, _UNINDEXED = "(SELECT indexed FROM marks)", "(SELECT unindexed FROM marks)"
NEXT = TEXTS.format(f"id > {_INDEXED} ORDER BY id LIMIT ?")
OLDER = TEXTS.format(f"id <= {_UNINDEXED} ORDER BY id DESC LIMIT ?")
IMPORTED = TEXTS.format("id >= ? AND id <= ? ORDER BY id LIMIT ?")
INDEXED = TEXTS.format(
    f"id IN (SELECT value FROM json_each(?)) AND id > {_UNINDEXED} AND id <= {_INDEXED} AND NOT"
    " EXISTS (SELECT 1 FROM imports WHERE said.id BETWEEN imports.unindexed AND imports.last)"
)
IS_ANY_NEW = f"SELECT 1 FROM said WHERE id > {_INDEXED} AND id < ? LIMIT 1"


UNINDEXED = (
    f"SELECT (SELECT count(*) FROM (SELECT 1 FROM said WHERE id > {_INDEXED} LIMIT ?1))"
    f" + (SELECT count(*) FROM (SELECT 1 FROM said WHERE id <= {_UNINDEXED} LIMIT ?1))"
)


INDEX = "INSERT INTO words (words, rowid, text, speaker, room) VALUES "
WORDS = "({}, ?, ?, ?, ?)"
INDEX_ANEW = (
    f"UPDATE marks SET indexed = ({LAST_ID}), unindexed = ({LAST_ID}), words = ?,"
    " traces = min(traces, ?), removed = 0"
)


OLDEST = "SELECT json_group_array(id) FROM (SELECT id, at FROM said {}) WHERE at < ?"
OLDEST_OF_ALL = OLDEST.format("WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?")
OLDEST_IN_ROOM = OLDEST.format("WHERE room = ? ORDER BY position LIMIT ?")
# Read as far as needed.
BY_AGE = "SELECT at, id, room, length(text) FROM said WHERE id >= ? AND id <= ? ORDER BY id"
# The bytes in use, without words that were removed from the index, which has them until it is
# merged: messages must not go for them.
USED = (
    "SELECT (page_count - freelist_count) * page_size - removed"
    " FROM marks, pragma_page_count, pragma_freelist_count, pragma_page_size"
)
MARK_DELETED = (
    "UPDATE marks SET deleted = max(deleted, (SELECT coalesce(max(value), 0) FROM json_each(?)))"
)


HEAD = (
    "INSERT INTO heads SELECT room, max(position) FROM said"
    " WHERE id IN (SELECT value FROM json_each(?)) AND (room < '@' OR room >= 'A') GROUP BY room"
    " ON CONFLICT (room) DO UPDATE SET head = max(head, excluded.head)"
)


DELETE = "DELETE FROM said WHERE id IN (SELECT value FROM json_each(?))"
REPLACE = "UPDATE said SET kind = ?2, text = ?3 WHERE id = ?1"
MARK_TRACES = "UPDATE marks SET traces = max(traces, iif(? > unindexed AND ?1 <= indexed, ?, ?))"
MARK_REMOVED = "UPDATE marks SET removed = removed + ?"
IS_WORN = (
    "SELECT removed > page_count * page_size / 16 FROM marks, pragma_page_count, pragma_page_size"
)
SET_INDEX = "INSERT INTO words (words, rank) VALUES (?, ?)"
RECORDS = (
    "SELECT name, value, version FROM records"
    " WHERE name >= ? AND name < ? || char(0x10ffff) ORDER BY name LIMIT ?"
)


RECORD = "SELECT value, version FROM records WHERE name = ?"
ADD_RECORD = (
    "INSERT INTO records SELECT ?, ?, 1 WHERE (SELECT count(*) FROM records) < ?"
    " ON CONFLICT DO NOTHING"
)
CHANGE_RECORD = "UPDATE records SET value = ?, version = version + 1 WHERE name = ? AND version = ?"
DELETE_RECORD = "DELETE FROM records WHERE name = ? AND version = ?"

-- Finds what was said in answer, or reaction, to the messages of a room; most answer nothing.
CREATE INDEX said_reply_to ON said (room, reply_to) WHERE reply_to > 0;

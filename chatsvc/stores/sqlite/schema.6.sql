-- The id of the message that this one answers, or reacts to; 0 for none.
ALTER TABLE said ADD COLUMN reply_to INTEGER NOT NULL DEFAULT 0;

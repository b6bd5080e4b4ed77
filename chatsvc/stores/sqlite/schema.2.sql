-- What was said has the nonce by which whoever has said it knows it again; empty if there is none.
ALTER TABLE said ADD COLUMN nonce TEXT NOT NULL DEFAULT '';

-- Messages form a tree: each names the one before it. One path of it is the branch shown.
ALTER TABLE messages ADD COLUMN active BOOLEAN NOT NULL DEFAULT TRUE; -- on the branch shown
ALTER TABLE sessions ADD COLUMN set_aside BIGINT NOT NULL DEFAULT 0;  -- messages on other branches
ALTER TABLE sessions ADD COLUMN tip BLOB;                             -- the newest message of the branch shown

-- What is on the branch shown is known from the index alone: a page passes over what is aside without reading it.
DROP INDEX messages_by_place;
CREATE UNIQUE INDEX messages_by_place ON messages (session_id, ordinal, active);
-- What is aside, by what it follows. Of no cost to a turn: nothing new is aside.
CREATE INDEX messages_aside ON messages (session_id, parent_id, ordinal) WHERE NOT active;

-- What a debate says names what it follows already.
UPDATE messages SET parent_id = (
    SELECT before.id FROM messages AS before
    WHERE before.session_id = messages.session_id AND before.ordinal = messages.ordinal - 1
)
WHERE parent_id IS NULL AND ordinal > 1
    AND session_id NOT IN (SELECT id FROM sessions WHERE scope_type = 'council');
UPDATE sessions SET tip = (
    SELECT id FROM messages WHERE session_id = sessions.id ORDER BY ordinal DESC LIMIT 1
);

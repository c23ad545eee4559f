-- All branches become one list, in the order in which they were written.
DROP INDEX messages_aside;
DROP INDEX messages_by_place;
CREATE UNIQUE INDEX messages_by_place ON messages (session_id, ordinal);
ALTER TABLE messages DROP COLUMN active;
UPDATE sessions SET message_count = message_count + set_aside;
ALTER TABLE sessions DROP COLUMN set_aside;
ALTER TABLE sessions DROP COLUMN tip;

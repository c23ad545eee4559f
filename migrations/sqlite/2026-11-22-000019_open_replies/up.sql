-- The same replies, with the condition as comparisons. For a list of values SQLite makes a table of its own, with its pager and
-- its cache, whenever a message is written: three times a turn.
DROP INDEX messages_open;
CREATE INDEX messages_open ON messages (n) WHERE (status = 'pending' OR status = 'streaming' OR status = 'deferred');

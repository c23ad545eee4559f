DROP INDEX messages_open;
CREATE INDEX messages_open ON messages (n) WHERE status IN ('pending', 'streaming', 'deferred');

DROP TABLE log_gaps;
DROP TABLE log_chain;
DROP INDEX events_by_actor;
ALTER TABLE events DROP COLUMN hash;

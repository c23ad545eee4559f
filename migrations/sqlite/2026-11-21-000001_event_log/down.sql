DROP TABLE log_identity;
DROP TABLE events;

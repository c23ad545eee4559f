-- Each event's hash is over its own fields and the hash of the event before it. Events from before have none.
ALTER TABLE events ADD COLUMN hash BLOB;

-- Who did it, for those who do little: what the Founder and the server do is found soon from the end of the log.
CREATE INDEX events_by_actor ON events (actor, position) WHERE actor <> 'founder' AND actor <> 'system';

-- Where the chain of hashes begins, and what is known of its end and of what was removed from it.
CREATE TABLE log_chain (
    one        INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    first      BIGINT  NOT NULL, -- the first event with a hash
    below      BLOB    NOT NULL, -- what stands for the hash of the event before it
    noted      BIGINT  NOT NULL, -- the log reached at least this far; 0: not noted yet
    noted_hash BLOB    NOT NULL, -- the hash of that event
    removed    BIGINT  NOT NULL, -- how many events were removed in all
    seal       BLOB    NOT NULL  -- over all rows of log_gaps
);
INSERT INTO log_chain (one, first, below, noted, noted_hash, removed, seal)
    SELECT 1, COALESCE(MAX(position), 0) + 1, randomblob(32), 0, zeroblob(32), 0, zeroblob(32) FROM events;

-- The ranges of events that were removed; no two touch. The hash is that of the range's last event.
CREATE TABLE log_gaps (
    first INTEGER PRIMARY KEY NOT NULL,
    last  BIGINT  NOT NULL,
    hash  BLOB    NOT NULL
);
CREATE UNIQUE INDEX log_gaps_by_end ON log_gaps (last);

-- One row for every change. Positions are dense; the writer gives them at commit.
CREATE TABLE events (
    position      INTEGER PRIMARY KEY NOT NULL,
    event_type    TEXT    NOT NULL,
    entity_type   TEXT    NOT NULL,
    entity_id     TEXT    NOT NULL,
    department_id TEXT,
    actor         TEXT    NOT NULL,
    at            BIGINT  NOT NULL,
    payload       TEXT    NOT NULL
);
CREATE INDEX events_by_entity ON events (entity_id, position);
CREATE INDEX events_by_type ON events (event_type, position);

-- Which log this is. The epoch changes when a backup replaces the log; nothing up to the floor can be replayed.
CREATE TABLE log_identity (
    one   INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    epoch TEXT    NOT NULL,
    floor BIGINT  NOT NULL
);
INSERT INTO log_identity (one, epoch, floor) VALUES (1, lower(hex(randomblob(8))), 0);

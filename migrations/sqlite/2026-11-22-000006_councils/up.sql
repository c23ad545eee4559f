CREATE TABLE councils (
    slug        TEXT    PRIMARY KEY NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    color       TEXT    NOT NULL,
    position    INTEGER NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);

CREATE TABLE council_members (
    id             BLOB    PRIMARY KEY NOT NULL,
    council_id     TEXT    NOT NULL REFERENCES councils (slug) ON DELETE CASCADE,
    name           TEXT    NOT NULL,
    role           TEXT    NOT NULL,
    persona        TEXT    NOT NULL,
    persona_source TEXT    NOT NULL,
    enabled        BOOLEAN NOT NULL,
    position       INTEGER NOT NULL,
    model          TEXT,
    seed_key       TEXT,             -- which member of the seed it is, whatever its name became
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL
) WITHOUT ROWID;
CREATE INDEX council_members_by_council ON council_members (council_id, position, id);
CREATE UNIQUE INDEX council_members_by_seed ON council_members (council_id, seed_key) WHERE seed_key IS NOT NULL;

-- All of a debate's state but what was said, which is in its session. A debate outlives its council.
CREATE TABLE debates (
    id                BLOB    PRIMARY KEY NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    council_id        TEXT    NOT NULL,
    topic             TEXT    NOT NULL,
    status            TEXT    NOT NULL,
    rounds            INTEGER NOT NULL,
    round             INTEGER NOT NULL, -- 0 until it begins
    seat              INTEGER NOT NULL, -- whose turn it is: a place in the panel, from 0
    closing           TEXT,             -- why no member speaks any more
    panel             TEXT    NOT NULL, -- JSON
    absences          TEXT    NOT NULL, -- JSON
    deadline_s        INTEGER NOT NULL,
    time_left_ms      BIGINT  NOT NULL,
    token_budget      BIGINT  NOT NULL,
    tokens_spent      BIGINT  NOT NULL,
    synthesis         TEXT,             -- JSON
    client_message_id TEXT,
    created_at        BIGINT  NOT NULL,
    updated_at        BIGINT  NOT NULL
) WITHOUT ROWID;
CREATE INDEX debates_by_council ON debates (council_id, id);
CREATE UNIQUE INDEX debates_by_client_id ON debates (client_message_id) WHERE client_message_id IS NOT NULL;
CREATE INDEX debates_open ON debates (id) WHERE status IN ('running', 'deferred');

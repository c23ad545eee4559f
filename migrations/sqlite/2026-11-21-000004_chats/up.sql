CREATE TABLE categories (
    name     TEXT    PRIMARY KEY NOT NULL,
    title    TEXT    NOT NULL,
    color    TEXT    NOT NULL,
    position INTEGER NOT NULL
);

-- What a list shows stands on the session itself: no list asks for messages.
CREATE TABLE sessions (
    id            BLOB    PRIMARY KEY NOT NULL,
    title         TEXT    NOT NULL,
    title_by_hand BOOLEAN NOT NULL,
    category      TEXT    NOT NULL,
    scope_type    TEXT    NOT NULL,
    scope_id      TEXT    NOT NULL, -- '' where the scope has no slug
    department_id TEXT,
    pinned        BOOLEAN NOT NULL,
    archived      BOOLEAN NOT NULL,
    message_count BIGINT  NOT NULL,
    last_role     TEXT,
    last_speaker  TEXT,
    last_preview  TEXT,
    last_at       BIGINT,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    deleted_at    BIGINT
) WITHOUT ROWID;
CREATE INDEX sessions_by_time ON sessions (updated_at, id);
CREATE INDEX sessions_by_category ON sessions (category, updated_at, id);
CREATE INDEX sessions_by_scope ON sessions (scope_type, scope_id, updated_at, id);
CREATE INDEX sessions_by_department ON sessions (department_id, updated_at, id) WHERE department_id IS NOT NULL;
CREATE INDEX sessions_in_trash ON sessions (updated_at, id) WHERE deleted_at IS NOT NULL;

-- How many sessions there are outside the trash: kept with each change, so that a count reads a few rows.
CREATE TABLE session_tallies (
    category      TEXT   NOT NULL,
    scope_type    TEXT   NOT NULL,
    scope_id      TEXT   NOT NULL,
    department_id TEXT   NOT NULL, -- '' where no department's view shows them; an agent's may change
    live          BIGINT NOT NULL,
    PRIMARY KEY (category, scope_type, scope_id, department_id)
) WITHOUT ROWID;

CREATE TABLE messages (
    n                 INTEGER PRIMARY KEY NOT NULL,
    id                BLOB    NOT NULL,
    session_id        BLOB    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    ordinal           BIGINT  NOT NULL, -- its place in the session, from 1
    role              TEXT    NOT NULL,
    speaker_kind      TEXT    NOT NULL,
    speaker_id        TEXT    NOT NULL,
    speaker_name      TEXT    NOT NULL,
    speaker_role      TEXT    NOT NULL,
    content           TEXT    NOT NULL,
    status            TEXT    NOT NULL,
    model             TEXT,
    asked_model       TEXT,             -- the model the request named
    prompt_tokens     BIGINT,
    completion_tokens BIGINT,
    response_time_ms  BIGINT,
    notes             TEXT,
    error_code        TEXT,
    error_detail      TEXT,
    parent_id         BLOB,
    client_message_id TEXT,
    created_at        BIGINT  NOT NULL,
    updated_at        BIGINT  NOT NULL
);
CREATE UNIQUE INDEX messages_by_id ON messages (id);
CREATE UNIQUE INDEX messages_by_place ON messages (session_id, ordinal);
CREATE UNIQUE INDEX messages_by_client_id ON messages (client_message_id) WHERE client_message_id IS NOT NULL;
CREATE INDEX messages_open ON messages (n) WHERE status IN ('pending', 'streaming', 'deferred');

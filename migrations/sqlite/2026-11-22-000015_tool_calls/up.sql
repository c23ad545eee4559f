-- What replies asked to have called, and what became of it.
CREATE TABLE tool_calls (
    id            BLOB    PRIMARY KEY NOT NULL,
    session_id    BLOB    NOT NULL,
    message_id    BLOB    NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    ordinal       INTEGER NOT NULL, -- its place among the reply's calls, from 1
    round         INTEGER NOT NULL, -- which of the model's answers asked for it, from 1
    said          TEXT    NOT NULL, -- what the answer said before it asked; on its first call only
    text_offset   BIGINT  NOT NULL, -- where in the reply's text, in bytes
    name          TEXT    NOT NULL, -- as the model called it
    given_id      TEXT,             -- by the model's server
    connection_id BLOB,             -- no key of another table: what was called is still told when the connection is gone
    connection    TEXT    NOT NULL,
    tool          TEXT    NOT NULL,
    arguments     TEXT    NOT NULL, -- JSON
    access        TEXT,
    status        TEXT    NOT NULL,
    result        TEXT,
    is_error      BOOLEAN NOT NULL,
    error         TEXT,
    reason        TEXT,
    created_at    BIGINT  NOT NULL,
    started_at    BIGINT,
    ended_at      BIGINT,
    expires_at    BIGINT            -- where it had to wait for the Founder
) WITHOUT ROWID;
CREATE UNIQUE INDEX tool_calls_by_place ON tool_calls (message_id, ordinal);
-- The list of approvals. It holds what was put to the Founder only.
CREATE INDEX tool_calls_put ON tool_calls (id) WHERE expires_at IS NOT NULL;
CREATE INDEX tool_calls_by_status ON tool_calls (status, id) WHERE expires_at IS NOT NULL;
CREATE INDEX tool_calls_by_begin ON tool_calls (started_at) WHERE started_at IS NOT NULL;

-- How many a reply has, so that no other one is asked for its calls.
ALTER TABLE messages ADD COLUMN tool_calls INTEGER NOT NULL DEFAULT 0;

-- What is taken in from files, and how far that has come.
CREATE TABLE imports (
    id          BLOB   PRIMARY KEY NOT NULL,
    form        TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    bytes       BIGINT NOT NULL,
    done_bytes  BIGINT NOT NULL,
    talks       BIGINT NOT NULL, -- the sessions of the file that are done with
    messages    BIGINT NOT NULL, -- the messages of the next one that are in
    report      TEXT   NOT NULL, -- JSON
    error       TEXT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    finished_at BIGINT
) WITHOUT ROWID;
CREATE INDEX imports_running ON imports (id) WHERE status = 'running';

CREATE TABLE departments (
    slug            TEXT    PRIMARY KEY NOT NULL,
    name            TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    color           TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    hidden          BOOLEAN NOT NULL,
    spokesperson_id TEXT,
    position        INTEGER NOT NULL,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL
);

CREATE TABLE agents (
    slug          TEXT    PRIMARY KEY NOT NULL,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    department_id TEXT    NOT NULL REFERENCES departments (slug),
    status        TEXT    NOT NULL,
    model         TEXT,
    system_prompt TEXT,
    params        TEXT    NOT NULL,
    voice_id      TEXT,
    description   TEXT    NOT NULL,
    position      INTEGER NOT NULL,
    last_seen     BIGINT,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL
);
CREATE INDEX agents_by_department ON agents (department_id, position, slug);

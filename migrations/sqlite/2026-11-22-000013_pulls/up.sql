-- Models on their way to a provider.
CREATE TABLE pulls (
    id              BLOB   PRIMARY KEY NOT NULL,
    name            TEXT   NOT NULL,
    provider        TEXT   NOT NULL,
    status          TEXT   NOT NULL,
    completed_bytes BIGINT NOT NULL,
    total_bytes     BIGINT,          -- as far as the provider has told
    error           TEXT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    finished_at     BIGINT
) WITHOUT ROWID;
CREATE INDEX pulls_by_time ON pulls (created_at, id);
CREATE INDEX pulls_running ON pulls (created_at, id) WHERE status = 'running';

-- The model side as it was told of last, so that only a change is told of, and the models that were there then, which count
-- while nobody can be asked. Both JSON.
CREATE TABLE brain_known (
    one        INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    state      TEXT    NOT NULL,
    models     TEXT    NOT NULL,
    updated_at BIGINT  NOT NULL
);

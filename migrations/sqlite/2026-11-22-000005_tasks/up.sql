CREATE TABLE tasks (
    id            BLOB    PRIMARY KEY NOT NULL,
    title         TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    priority      INTEGER NOT NULL, -- from 0, the least urgent
    department_id TEXT,
    agent_id      TEXT,
    run           INTEGER NOT NULL, -- from 1: a task that is started again begins another one
    session_id    BLOB,
    requested_at  BIGINT,           -- since when it is wanted
    turns_done    INTEGER NOT NULL,
    turns         INTEGER NOT NULL,
    result        TEXT,
    error         TEXT,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    started_at    BIGINT,
    finished_at   BIGINT
) WITHOUT ROWID;
CREATE INDEX tasks_by_time ON tasks (created_at, id);
CREATE INDEX tasks_by_status ON tasks (status, created_at, id);
CREATE INDEX tasks_by_agent ON tasks (agent_id, created_at, id) WHERE agent_id IS NOT NULL;
CREATE INDEX tasks_by_department ON tasks (department_id, created_at, id) WHERE department_id IS NOT NULL;
CREATE INDEX tasks_waiting ON tasks (priority DESC, requested_at, id) WHERE status = 'pending' AND requested_at IS NOT NULL;
-- What an agent has done, without looking at its tasks.
CREATE INDEX tasks_of_agents ON tasks (agent_id, status, started_at, finished_at) WHERE agent_id IS NOT NULL;

-- The replies of agents, for counting.
CREATE INDEX messages_answered ON messages (speaker_id) WHERE status = 'complete' AND speaker_kind = 'agent';

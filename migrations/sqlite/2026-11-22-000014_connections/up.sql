-- Outside tools the company can use, over MCP, and how each stood when it was told of last. `args` and `grants` are JSON.
CREATE TABLE connections (
    id             BLOB    PRIMARY KEY NOT NULL,
    name           TEXT    NOT NULL,
    transport      TEXT    NOT NULL,
    command        TEXT,             -- of stdio
    args           TEXT    NOT NULL,
    directory      TEXT,
    url            TEXT,             -- of http
    allow_private  BOOLEAN NOT NULL,
    enabled        BOOLEAN NOT NULL,
    grants         TEXT    NOT NULL, -- daena, department:SLUG, agent:SLUG
    status         TEXT    NOT NULL,
    error          TEXT,
    checked_at     BIGINT,
    latency_ms     BIGINT,
    server_name    TEXT,
    server_version TEXT,
    tool_count     BIGINT  NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL
) WITHOUT ROWID;

-- The values of a connection's variables and headers, each sealed with the key that `key_id` names. No key stands here.
CREATE TABLE connection_secrets (
    connection_id BLOB NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    field         TEXT NOT NULL, -- env:NAME or header:NAME
    key_id        TEXT NOT NULL,
    sealed        BLOB NOT NULL,
    PRIMARY KEY (connection_id, field)
) WITHOUT ROWID;

-- What the Founder said of a connection's tools, and of which form of the tool it was said.
CREATE TABLE connection_tools (
    connection_id BLOB   NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    tool          TEXT   NOT NULL,
    access        TEXT,
    approval      TEXT,
    digest        TEXT   NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (connection_id, tool)
) WITHOUT ROWID;

-- What the Founder overrides, by key, and why; the value is JSON.
CREATE TABLE overrides (
    key        TEXT   PRIMARY KEY NOT NULL,
    value      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    expires_at BIGINT,
    set_at     BIGINT NOT NULL
);

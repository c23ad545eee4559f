-- What the Founder set, by key; the value is JSON.
CREATE TABLE settings (
    key        TEXT   PRIMARY KEY NOT NULL,
    value      TEXT   NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Requests that carried an Idempotency-Key, and what they were answered. No answer yet: under way, or cut off.
CREATE TABLE idempotency_keys (
    key          TEXT    PRIMARY KEY NOT NULL,
    fingerprint  TEXT    NOT NULL,
    status       INTEGER,
    content_type TEXT,
    body         TEXT,
    created_at   BIGINT  NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

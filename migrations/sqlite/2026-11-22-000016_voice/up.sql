-- How Daena, departments and agents sound and listen, by whose it is: `daena`, `department:SLUG`, `agent:SLUG`. Who has no row
-- sounds as the company began, or as the department does. An agent's own voice is the agent's column.
CREATE TABLE voice_states (
    owner       TEXT    PRIMARY KEY NOT NULL,
    talk_active BOOLEAN NOT NULL,
    voice_id    TEXT,
    rate        DOUBLE  NOT NULL,
    pitch       DOUBLE  NOT NULL,
    volume      DOUBLE  NOT NULL,
    wake_words  TEXT    NOT NULL,        -- JSON, a list of texts
    auto_speak  BOOLEAN NOT NULL,
    updated_at  BIGINT  NOT NULL
) WITHOUT ROWID;

-- Recorded speech for engines that take on a voice.
CREATE TABLE voice_samples (
    id          BLOB   PRIMARY KEY NOT NULL,
    name        TEXT   NOT NULL,
    format      TEXT   NOT NULL,
    bytes       BIGINT NOT NULL,
    duration_ms BIGINT,                  -- where the file says it
    created_at  BIGINT NOT NULL,
    audio       BLOB   NOT NULL
);

-- What were settings so far. 150 words a minute are a rate of 1.
INSERT INTO voice_states
    SELECT 'daena', json_extract(value, '$.talk_active'), json_extract(value, '$.voice_id'), json_extract(value, '$.rate'),
        json_extract(value, '$.pitch'), json_extract(value, '$.volume'), json_extract(value, '$.wake_words'),
        json_extract(value, '$.auto_speak'), updated_at
    FROM settings WHERE key = 'voice.state';
INSERT INTO voice_states
    SELECT 'department:' || departments.slug, FALSE, NULL,
        MIN(2.0, MAX(0.5, json_extract(value, '$.words_per_minute') / 150.0)), json_extract(value, '$.pitch'), 1.0,
        '["hey daena","daena"]', FALSE, settings.updated_at
    FROM settings JOIN departments ON settings.key = 'voice.department.' || departments.slug;
DELETE FROM settings WHERE key = 'voice.state' OR key LIKE 'voice.department.%';

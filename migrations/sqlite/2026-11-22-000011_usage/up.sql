-- What asking models used up, by the day (UTC) on which the calls ended. Sums of their own: they outlive the messages.
CREATE TABLE usage_daily (
    day               BIGINT NOT NULL, -- days since 1970-01-01
    model             TEXT   NOT NULL,
    agent             TEXT   NOT NULL, -- '' for Daena and for members of councils
    department        TEXT   NOT NULL, -- '' where it was for none
    provider          TEXT   NOT NULL, -- '' where that was not kept
    calls             BIGINT NOT NULL,
    uncounted         BIGINT NOT NULL, -- calls without the server's counters
    prompt_tokens     BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    took_ms           BIGINT NOT NULL,
    counted_ms        BIGINT NOT NULL, -- how long the calls with counters took
    PRIMARY KEY (day, model, agent, department, provider)
) WITHOUT ROWID;

-- What is known of before: the replies that carry counters. Those of notes were not kept.
INSERT INTO usage_daily
    SELECT messages.updated_at / 86400000000, COALESCE(model, ''),
        CASE speaker_kind WHEN 'agent' THEN speaker_id ELSE '' END, COALESCE(department_id, ''), '',
        COUNT(*), 0, SUM(prompt_tokens), SUM(completion_tokens),
        SUM(COALESCE(response_time_ms, 0)), SUM(COALESCE(response_time_ms, 0))
    FROM messages JOIN sessions ON sessions.id = messages.session_id
    WHERE prompt_tokens IS NOT NULL AND completion_tokens IS NOT NULL
    GROUP BY 1, 2, 3, 4;

-- The words of messages; rowid is messages.n. The program makes them: it splits and folds texts of every script, so the
-- tokenizer here has only to part words at spaces. The texts themselves are not kept a second time.
CREATE VIRTUAL TABLE message_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii');

-- The words of titles; rowid is search_titles.n.
CREATE VIRTUAL TABLE title_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii');

-- A number for each session: an index of words knows rows by numbers only.
CREATE TABLE search_titles (
    n          INTEGER PRIMARY KEY NOT NULL,
    session_id BLOB    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX search_titles_by_session ON search_titles (session_id);

-- By which rules the words were made. When the program's are others, it fills the index anew.
CREATE TABLE search_rules (
    one     INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    version INTEGER NOT NULL
);
INSERT INTO search_rules (one, version) VALUES (1, 0);

-- Up to which position of the log the index of words has followed the rows. What was told of later is brought in when
-- somebody searches, when much waits, at closing, and at the start after a crash.
ALTER TABLE search_rules ADD COLUMN reaches BIGINT NOT NULL DEFAULT 0;
UPDATE search_rules SET reaches = (SELECT COALESCE(MAX(position), 0) FROM events);

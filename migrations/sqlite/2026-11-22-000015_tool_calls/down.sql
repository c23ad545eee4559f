ALTER TABLE messages DROP COLUMN tool_calls;
DROP TABLE tool_calls;

-- What a tool was when a call of it was asked for: a digest of its name, description, schema and access. A yes is for that one.
ALTER TABLE tool_calls ADD COLUMN form TEXT;

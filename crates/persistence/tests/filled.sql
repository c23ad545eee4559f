INSERT INTO events VALUES (1, 'chat.message', 'chat', 'x', NULL, 'founder', 1, '{}');
INSERT INTO settings VALUES ('routing', '"local_only"', 1);
INSERT INTO idempotency_keys VALUES ('k', 'f', 200, 'application/json', '{}', 1);
INSERT INTO departments VALUES ('hr', 'HR', 'people', '#000000', 'active', 0, 'hr-harmony', 0, 1, 1);
INSERT INTO agents VALUES ('hr-harmony', 'Harmony', 'People Ops', 'support', 'hr', 'idle', NULL, NULL, '{}', NULL, '', 0, NULL, 1, 1);
INSERT INTO categories VALUES ('executive', 'Daena', '#000000', 0);
INSERT INTO sessions VALUES (x'00112233445566778899aabbccddeeff', 't', 0, 'executive', 'executive', '', NULL, 0, 0, 1, 'user', 'Founder', 'hi', 1, 1, 1, NULL);
INSERT INTO session_tallies VALUES ('executive', 'executive', '', '', 1);
INSERT INTO messages VALUES (1, x'ff112233445566778899aabbccddeeff', x'00112233445566778899aabbccddeeff', 1, 'user', 'founder', 'founder', 'Founder', 'Founder', 'hi', 'complete', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'c1', 1, 1);

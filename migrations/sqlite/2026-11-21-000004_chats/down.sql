DROP TABLE messages;
DROP TABLE session_tallies;
DROP TABLE sessions;
DROP TABLE categories;

DROP TABLE debates;
DROP TABLE council_members;
DROP TABLE councils;

DROP TABLE brain_known;
DROP TABLE pulls;

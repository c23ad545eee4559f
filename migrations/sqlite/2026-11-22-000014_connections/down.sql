DROP TABLE connection_tools;
DROP TABLE connection_secrets;
DROP TABLE connections;

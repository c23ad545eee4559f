DROP INDEX messages_answered;
DROP TABLE tasks;

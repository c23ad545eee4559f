DROP TABLE agents;
DROP TABLE departments;

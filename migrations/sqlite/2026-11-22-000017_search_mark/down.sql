ALTER TABLE search_rules DROP COLUMN reaches;

DROP TABLE search_rules;
DROP TABLE search_titles;
DROP TABLE title_search;
DROP TABLE message_search;

-- The same assertions as in tests/postgres: change both together.

-- Assert there are six tables
SELECT count(*) AS tables FROM sqlite_schema
WHERE type = 'table' AND name LIKE 'guest\_reg\_%' ESCAPE '\' HAVING count(*) <> 6;

-- Assert every table says when a row was made and changed
SELECT m.name AS "table", c.wanted AS missing FROM sqlite_schema AS m
JOIN (SELECT 'created_at' AS wanted UNION ALL SELECT 'updated_at') AS c
WHERE m.type = 'table' AND m.name LIKE 'guest\_reg\_%' ESCAPE '\'
    AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) AS i WHERE i.name = c.wanted AND i."notnull");

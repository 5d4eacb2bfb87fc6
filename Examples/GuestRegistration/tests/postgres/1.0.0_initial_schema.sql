-- The same assertions as in tests/sqlite: change both together.

-- Assert there are six tables
SELECT count(*) AS tables FROM pg_catalog.pg_tables
WHERE schemaname = current_schema() AND starts_with(tablename, 'guest_reg_') HAVING count(*) <> 6;

-- Assert every table says when a row was made and changed
SELECT t.tablename AS "table", c.wanted AS missing FROM pg_catalog.pg_tables AS t
CROSS JOIN (VALUES ('created_at'), ('updated_at')) AS c (wanted)
WHERE t.schemaname = current_schema() AND starts_with(t.tablename, 'guest_reg_')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = t.tablename::regclass AND a.attname = c.wanted AND a.attnotnull);

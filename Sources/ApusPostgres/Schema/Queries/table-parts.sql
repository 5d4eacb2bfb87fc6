-- What belongs to one table: constraints, indexes, triggers, rules, policies, extended statistics.

-- Left out: a plain NOT NULL, which PostgreSQL 18 keeps here too and which its column tells; what
-- stands behind a constraint trigger, which the trigger tells; the foreign keys that the server
-- derives for the partitions of one that is told.
SELECT 'constraint' AS kind,
    CASE WHEN k.conrelid <> 0 THEN pg_catalog.format('%I.%I.%I', n.nspname, c.relname, k.conname)
        ELSE pg_catalog.format('%I.%I.%I', n.nspname, t.typname, k.conname) END AS name,
    CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
        WHEN 'x' THEN 'exclusion' WHEN 'n' THEN 'not null' ELSE 'check' END AS type,
    pg_catalog.pg_get_constraintdef(k.oid) AS definition,
    CASE WHEN k.contype IN ('p', 'u', 'x') THEN pg_catalog.pg_get_indexdef(k.conindid) END AS index,
    CASE WHEN NOT x.indisvalid THEN 'no' END AS valid,
    CASE WHEN x.indisclustered THEN 'yes' END AS clustered,
    CASE WHEN x.indisreplident THEN 'yes' END AS "replica-identity",
    (SELECT s.spcname FROM pg_catalog.pg_class i
        JOIN pg_catalog.pg_tablespace s ON s.oid = i.reltablespace
        WHERE i.oid = x.indexrelid) AS tablespace,
    pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
WHERE (k.conrelid <> 0 OR k.contypid <> 0)
    AND (k.contype IN ('p', 'u', 'x', 'c') OR k.contype = 'f' AND k.conparentid = 0
        OR k.contype = 'n' AND k.conrelid <> 0 AND (NOT k.convalidated OR k.connoinherit))
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE (d.classid, d.objid) IN (('pg_catalog.pg_class'::regclass, k.conrelid),
            ('pg_catalog.pg_type'::regclass, k.contypid),
            ('pg_catalog.pg_constraint'::regclass, k.oid)) AND d.deptype = 'e');

SELECT 'index' AS kind, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
    pg_catalog.format('%I.%I', tn.nspname, t.relname) AS table,
    pg_catalog.pg_get_indexdef(c.oid) AS definition,
    CASE WHEN NOT x.indisvalid THEN 'no' END AS valid,
    CASE WHEN x.indisclustered THEN 'yes' END AS clustered,
    CASE WHEN x.indisreplident THEN 'yes' END AS "replica-identity",
    (SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace) AS tablespace,
    (SELECT pg_catalog.format('%I.%I', pn.nspname, p.relname) FROM pg_catalog.pg_inherits i
        JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
        JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
        WHERE i.inhrelid = c.oid) AS "partition-of",
    (SELECT pg_catalog.string_agg(a.attnum || ' ' || a.attstattarget, ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0)
        AS "statistics-target",
    pg_catalog.obj_description(c.oid, 'pg_class') AS comment
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
        WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid IN (c.oid, t.oid)
            AND d.deptype = 'e');

-- Clones of a row trigger on partitions go with the one that is told.
SELECT 'trigger' AS kind,
    pg_catalog.format('%I.%I.%I', n.nspname, c.relname, g.tgname) AS name,
    pg_catalog.pg_get_triggerdef(g.oid) AS definition,
    CASE g.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
        AS enabled,
    pg_catalog.obj_description(g.oid, 'pg_trigger') AS comment
FROM pg_catalog.pg_trigger g
JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT g.tgisinternal AND g.tgparentid = 0
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE (d.classid, d.objid) IN (('pg_catalog.pg_class'::regclass, c.oid),
            ('pg_catalog.pg_trigger'::regclass, g.oid)) AND d.deptype = 'e');

SELECT 'rule' AS kind, pg_catalog.format('%I.%I.%I', n.nspname, c.relname, r.rulename) AS name,
    pg_catalog.pg_get_ruledef(r.oid) AS definition,
    CASE r.ev_enabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
        AS enabled,
    pg_catalog.obj_description(r.oid, 'pg_rewrite') AS comment
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT (r.rulename = '_RETURN' AND c.relkind IN ('v', 'm'))
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE (d.classid, d.objid) IN (('pg_catalog.pg_class'::regclass, c.oid),
            ('pg_catalog.pg_rewrite'::regclass, r.oid)) AND d.deptype = 'e');

SELECT 'policy' AS kind, pg_catalog.format('%I.%I.%I', n.nspname, c.relname, p.polname) AS name,
    CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
        WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
    CASE WHEN NOT p.polpermissive THEN 'yes' END AS restrictive,
    (SELECT pg_catalog.string_agg(CASE o WHEN 0 THEN 'PUBLIC'
            ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o)) END, ', '
            ORDER BY pg_catalog.pg_get_userbyid(o)) FROM pg_catalog.unnest(p.polroles) o) AS roles,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using,
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check,
    pg_catalog.obj_description(p.oid, 'pg_policy') AS comment
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');

SELECT 'statistics' AS kind, pg_catalog.format('%I.%I', n.nspname, s.stxname) AS name,
    pg_catalog.pg_get_userbyid(s.stxowner) AS owner,
    pg_catalog.pg_get_statisticsobjdef(s.oid) AS definition,
    NULLIF(s.stxstattarget, -1) AS "statistics-target",
    pg_catalog.obj_description(s.oid, 'pg_statistic_ext') AS comment
FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_statistic_ext'::regclass AND d.objid = s.oid
            AND d.deptype = 'e');

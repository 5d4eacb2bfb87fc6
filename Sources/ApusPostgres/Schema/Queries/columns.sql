-- Columns of relations and of composite types.
--
-- attcompression came with PostgreSQL 14. The subquery takes the catalogue's column where there is
-- one, and otherwise, as SQL looks for names from the inside out, the one of "absent".

SELECT 'column' AS kind, pg_catalog.format('%I.%I.%I', n.nspname, c.relname, a.attname) AS name,
    -- An inheriting table's columns come in another order out of a dump than out of ALTER TABLE.
    CASE WHEN c.relispartition OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i
            WHERE i.inhrelid = c.oid)
        THEN pg_catalog.rank() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) END AS position,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attnotnull THEN 'no' WHEN c.relkind NOT IN ('v', 'm', 'c') THEN 'yes' END
        AS nullable,
    CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS "default",
    CASE a.attgenerated WHEN 's' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ' stored'
        WHEN 'v' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ' virtual' END AS generated,
    CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
    CASE WHEN a.attidentity <> '' THEN
        (SELECT pg_catalog.format('%I.%I start %s increment %s minimum %s maximum %s cache %s%s',
                sn.nspname, sc.relname, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
                CASE WHEN s.seqcycle THEN ' cycle' END)
            FROM pg_catalog.pg_depend o
            JOIN pg_catalog.pg_sequence s ON s.seqrelid = o.objid
            JOIN pg_catalog.pg_class sc ON sc.oid = s.seqrelid
            JOIN pg_catalog.pg_namespace sn ON sn.oid = sc.relnamespace
            WHERE o.refclassid = 'pg_catalog.pg_class'::regclass AND o.refobjid = a.attrelid
                AND o.refobjsubid = a.attnum AND o.classid = 'pg_catalog.pg_class'::regclass
                AND o.deptype = 'i') END AS sequence,
    CASE WHEN a.attcollation <> t.typcollation THEN
        (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname) FROM pg_catalog.pg_collation l
            JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace
            WHERE l.oid = a.attcollation) END AS collation,
    CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'plain'
        WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END AS storage,
    CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
    NULLIF(a.attstattarget, -1) AS "statistics-target",
    (SELECT pg_catalog.string_agg(o, ', ' ORDER BY o) FROM pg_catalog.unnest(a.attoptions) o)
        AS options,
    (SELECT pg_catalog.string_agg(o, ', ' ORDER BY o) FROM pg_catalog.unnest(a.attfdwoptions) o)
        AS "server-options",
    p.description AS comment
FROM (VALUES (''::"char")) AS absent (attcompression)
CROSS JOIN LATERAL (SELECT attrelid, attnum, attname, atttypid, atttypmod, attnotnull, attgenerated,
        attidentity, attcollation, attstorage, attcompression, attstattarget, attoptions,
        attfdwoptions
    FROM pg_catalog.pg_attribute WHERE attnum > 0 AND NOT attisdropped) a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_description p ON p.classoid = 'pg_catalog.pg_class'::regclass
    AND p.objoid = a.attrelid AND p.objsubid = a.attnum
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
        WHERE c.relkind = 'c' AND e.classid = 'pg_catalog.pg_type'::regclass
            AND e.objid = c.reltype AND e.deptype = 'e');

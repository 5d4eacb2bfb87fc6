-- Enums, domains, composite, range and base types, collations. A composite type's columns are
-- among the columns; a domain's constraints among the constraints.

SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite-type'
        WHEN 'r' THEN 'range-type' ELSE 'base-type' END AS kind,
    pg_catalog.format('%I.%I', n.nspname, t.typname) AS name,
    pg_catalog.pg_get_userbyid(t.typowner) AS owner,
    pg_catalog.obj_description(t.oid, 'pg_type') AS comment,
    CASE t.typtype WHEN 'e' THEN (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel),
            ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) END
        AS values,
    CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
        WHEN 'r' THEN pg_catalog.format_type(r.rngsubtype, NULL) END AS type,
    CASE t.typtype WHEN 'd' THEN CASE WHEN t.typnotnull THEN 'no' ELSE 'yes' END END AS nullable,
    CASE t.typtype WHEN 'd' THEN t.typdefault END AS "default",
    CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN
        (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname) FROM pg_catalog.pg_collation l
            JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace
            WHERE l.oid = t.typcollation) END AS collation,
    CASE t.typtype
        WHEN 'r' THEN pg_catalog.format('operator class %I.%I%s%s%s', cn.nspname, o.opcname,
            CASE WHEN r.rngcollation <> 0 THEN (SELECT pg_catalog.format(' collation %I.%I',
                ln.nspname, l.collname) FROM pg_catalog.pg_collation l
                JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace
                WHERE l.oid = r.rngcollation) END,
            CASE WHEN r.rngcanonical <> 0 THEN ' canonical ' || r.rngcanonical::text END,
            CASE WHEN r.rngsubdiff <> 0 THEN ' difference ' || r.rngsubdiff::text END)
        WHEN 'b' THEN pg_catalog.concat_ws(' ', 'input', t.typinput, 'output', t.typoutput,
            'receive', t.typreceive, 'send', t.typsend, 'modifier', t.typmodin, t.typmodout,
            'analyze', t.typanalyze, 'length', t.typlen, 'by value', t.typbyval,
            'alignment', t.typalign, 'storage', t.typstorage, 'category', t.typcategory,
            'preferred', t.typispreferred, 'delimiter', t.typdelim, 'default', t.typdefault,
            'collatable', t.typcollation <> 0) END AS definition
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = o.opcnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE t.typisdefined AND (t.typtype IN ('e', 'd', 'r')
        OR t.typtype = 'c' AND c.relkind = 'c'
        -- An array type is made with its element type.
        OR t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e
            WHERE e.oid = t.typelem AND e.typarray = t.oid))
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e');

-- What a collation is made of moved between columns in PostgreSQL 15 and 17.
SELECT 'collation' AS kind, pg_catalog.format('%I.%I', n.nspname, l.collname) AS name,
    pg_catalog.pg_get_userbyid(l.collowner) AS owner,
    pg_catalog.obj_description(l.oid, 'pg_collation') AS comment,
    CASE l.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' END
        AS provider,
    CASE WHEN NOT l.collisdeterministic THEN 'no' END AS deterministic,
    coalesce(j.fields ->> 'colllocale', j.fields ->> 'colliculocale', l.collcollate) AS locale,
    CASE WHEN l.collctype <> l.collcollate THEN l.collctype END AS "character-type",
    j.fields ->> 'collicurules' AS rules
FROM pg_catalog.pg_collation l
JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(l) AS fields) j
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_collation'::regclass AND d.objid = l.oid
            AND d.deptype = 'e');

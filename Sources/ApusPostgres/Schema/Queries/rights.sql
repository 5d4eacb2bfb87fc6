-- Grants, as they differ from what an object of its kind begins with: rights that were given, and
-- rights that were taken away, for each object and role. So an object whose rights were never
-- touched and one that got the same rights back are equal.

WITH owned AS (
    SELECT CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS type, c.relowner AS owner,
        c.relacl AS acl, pg_catalog.format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'sequence'
            WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
            ELSE 'table' END, n.nspname, c.relname) AS name,
        c.relnamespace AS namespace, 'pg_catalog.pg_class'::regclass AS class, c.oid AS object
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 'c', c.relowner, a.attacl,
        pg_catalog.format('column %I.%I.%I', n.nspname, c.relname, a.attname),
        c.relnamespace, 'pg_catalog.pg_class'::regclass, c.oid
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'f', p.proowner, p.proacl, pg_catalog.format('%s %s', CASE p.prokind WHEN 'p'
        THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, p.oid::regprocedure),
        p.pronamespace, 'pg_catalog.pg_proc'::regclass, p.oid
    FROM pg_catalog.pg_proc p WHERE p.proacl IS NOT NULL
    UNION ALL
    SELECT 'T', t.typowner, t.typacl, pg_catalog.format('%s %I.%I', CASE t.typtype WHEN 'd'
        THEN 'domain' ELSE 'type' END, n.nspname, t.typname),
        t.typnamespace, 'pg_catalog.pg_type'::regclass, t.oid
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typacl IS NOT NULL
    UNION ALL
    SELECT 'n', n.nspowner, n.nspacl, pg_catalog.format('schema %I', n.nspname), n.oid,
        'pg_catalog.pg_namespace'::regclass, n.oid
    FROM pg_catalog.pg_namespace n WHERE n.nspacl IS NOT NULL
    UNION ALL
    SELECT 'l', l.lanowner, l.lanacl, pg_catalog.format('language %I', l.lanname), NULL,
        'pg_catalog.pg_language'::regclass, l.oid
    FROM pg_catalog.pg_language l WHERE l.lanacl IS NOT NULL AND l.oid >= 16384
    UNION ALL
    SELECT 'F', f.fdwowner, f.fdwacl, pg_catalog.format('foreign-data wrapper %I', f.fdwname), NULL,
        'pg_catalog.pg_foreign_data_wrapper'::regclass, f.oid
    FROM pg_catalog.pg_foreign_data_wrapper f WHERE f.fdwacl IS NOT NULL
    UNION ALL
    SELECT 'S', s.srvowner, s.srvacl, pg_catalog.format('server %I', s.srvname), NULL,
        'pg_catalog.pg_foreign_server'::regclass, s.oid
    FROM pg_catalog.pg_foreign_server s WHERE s.srvacl IS NOT NULL
), rights AS (
    SELECT o.name, x.grantee, x.privilege_type AS privilege,
        pg_catalog.bool_or(x.is_now) AS is_now, pg_catalog.bool_or(NOT x.is_now) AS is_default,
        pg_catalog.bool_or(x.is_now AND x.is_grantable) AS is_grantable
    FROM owned o LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.namespace
    CROSS JOIN LATERAL (
        SELECT true AS is_now, e.* FROM pg_catalog.aclexplode(o.acl) e
        UNION ALL
        SELECT false, e.* FROM pg_catalog.aclexplode(pg_catalog.acldefault(o.type, o.owner)) e) x
    WHERE (n.nspname IS NULL OR n.nspname !~ '^pg_'
            AND n.nspname NOT IN ('information_schema', :'registry'))
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = o.class AND d.objid = o.object AND d.deptype = 'e')
    GROUP BY o.name, x.grantee, x.privilege_type
)
SELECT 'grant' AS kind, pg_catalog.format('%s to %s', r.name, CASE r.grantee WHEN 0 THEN 'PUBLIC'
        ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.grantee)) END) AS name,
    pg_catalog.string_agg(r.privilege, ', ' ORDER BY r.privilege)
        FILTER (WHERE r.is_now AND NOT r.is_default) AS granted,
    pg_catalog.string_agg(r.privilege, ', ' ORDER BY r.privilege)
        FILTER (WHERE r.is_grantable) AS "with-grant-option",
    pg_catalog.string_agg(r.privilege, ', ' ORDER BY r.privilege)
        FILTER (WHERE r.is_default AND NOT r.is_now) AS revoked
FROM rights r WHERE r.is_now <> r.is_default OR r.is_grantable
GROUP BY r.name, r.grantee;

-- For one schema, default privileges add to the usual ones; for all, they take their place.
WITH rights AS (
    SELECT a.defaclrole AS role, a.defaclnamespace AS namespace, a.defaclobjtype AS type, x.grantee,
        x.privilege_type AS privilege,
        pg_catalog.bool_or(x.is_now) AS is_now, pg_catalog.bool_or(NOT x.is_now) AS is_default,
        pg_catalog.bool_or(x.is_now AND x.is_grantable) AS is_grantable
    FROM pg_catalog.pg_default_acl a
    CROSS JOIN LATERAL (
        SELECT true AS is_now, e.* FROM pg_catalog.aclexplode(a.defaclacl) e
        UNION ALL
        SELECT false, e.* FROM pg_catalog.aclexplode(pg_catalog.acldefault(CASE a.defaclobjtype
            WHEN 'S' THEN 's' ELSE a.defaclobjtype END, a.defaclrole)) e
        WHERE a.defaclnamespace = 0) x
    GROUP BY a.defaclrole, a.defaclnamespace, a.defaclobjtype, x.grantee, x.privilege_type
)
SELECT 'default-privilege' AS kind, pg_catalog.format('for %I%s on %s to %s',
        pg_catalog.pg_get_userbyid(r.role),
        CASE WHEN n.nspname IS NOT NULL THEN pg_catalog.format(' in schema %I', n.nspname) END,
        CASE r.type WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
            WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END,
        CASE r.grantee WHEN 0 THEN 'PUBLIC'
            ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.grantee)) END) AS name,
    pg_catalog.string_agg(r.privilege, ', ' ORDER BY r.privilege)
        FILTER (WHERE r.is_now AND NOT r.is_default) AS granted,
    pg_catalog.string_agg(r.privilege, ', ' ORDER BY r.privilege)
        FILTER (WHERE r.is_grantable) AS "with-grant-option",
    pg_catalog.string_agg(r.privilege, ', ' ORDER BY r.privilege)
        FILTER (WHERE r.is_default AND NOT r.is_now) AS revoked
FROM rights r LEFT JOIN pg_catalog.pg_namespace n ON n.oid = r.namespace
WHERE (r.is_now <> r.is_default OR r.is_grantable)
    AND (n.nspname IS NULL OR n.nspname <> :'registry')
GROUP BY r.role, n.nspname, r.type, r.grantee;

-- Functions, procedures and aggregates.

SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
    p.oid::regprocedure::text AS name,
    pg_catalog.pg_get_userbyid(p.proowner) AS owner,
    pg_catalog.pg_get_functiondef(p.oid) AS definition,
    pg_catalog.obj_description(p.oid, 'pg_proc') AS comment
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'w', 'p')
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    -- A range type makes its constructors.
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
            AND d.deptype IN ('e', 'i'));

SELECT 'aggregate' AS kind, p.oid::regprocedure::text AS name,
    pg_catalog.pg_get_userbyid(p.proowner) AS owner,
    pg_catalog.obj_description(p.oid, 'pg_proc') AS comment,
    pg_catalog.pg_get_function_result(p.oid) AS type,
    pg_catalog.concat_ws(' ', pg_catalog.pg_get_function_arguments(p.oid),
        'kind', a.aggkind, 'direct', a.aggnumdirectargs, 'transition', a.aggtransfn,
        pg_catalog.format_type(a.aggtranstype, NULL), a.aggtransspace, 'initial',
        coalesce(pg_catalog.quote_literal(a.agginitval), 'null'), 'final', a.aggfinalfn,
        a.aggfinalextra, a.aggfinalmodify, 'combine', a.aggcombinefn, 'serial', a.aggserialfn,
        'deserial', a.aggdeserialfn, 'moving', a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn,
        a.aggmfinalextra, a.aggmfinalmodify, pg_catalog.format_type(a.aggmtranstype, NULL),
        a.aggmtransspace, 'initial', coalesce(pg_catalog.quote_literal(a.aggminitval), 'null'),
        'sort', a.aggsortop::regoperator, 'parallel', p.proparallel) AS definition
FROM pg_catalog.pg_aggregate a
JOIN pg_catalog.pg_proc p ON p.oid = a.aggfnoid
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', :'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e');

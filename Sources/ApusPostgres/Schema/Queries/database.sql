-- What belongs to no schema: extensions, event triggers, publications, and the rarer things.

SELECT 'extension' AS kind, pg_catalog.quote_ident(e.extname) AS name, e.extversion AS version,
    pg_catalog.quote_ident(n.nspname) AS schema,
    pg_catalog.obj_description(e.oid, 'pg_extension') AS comment
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace;

SELECT 'event-trigger' AS kind, pg_catalog.quote_ident(t.evtname) AS name,
    pg_catalog.pg_get_userbyid(t.evtowner) AS owner, t.evtevent AS event,
    pg_catalog.array_to_string(t.evttags, ', ') AS tags,
    t.evtfoid::regprocedure::text AS function,
    CASE t.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
        AS enabled,
    pg_catalog.obj_description(t.oid, 'pg_event_trigger') AS comment
FROM pg_catalog.pg_event_trigger t
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_event_trigger'::regclass AND d.objid = t.oid
        AND d.deptype = 'e');

-- Column lists, row conditions and whole schemas came with PostgreSQL 15. For the first two, as in
-- columns.sql, names are looked for from the inside out; the schemas are found by what depends on
-- them, because their catalogue may not be there.
SELECT 'publication' AS kind, pg_catalog.quote_ident(p.pubname) AS name,
    pg_catalog.pg_get_userbyid(p.pubowner) AS owner,
    pg_catalog.obj_description(p.oid, 'pg_publication') AS comment,
    pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
        CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
        CASE WHEN p.pubtruncate THEN 'truncate' END) AS operations,
    CASE WHEN p.pubviaroot THEN 'yes' END AS "via-root",
    CASE pg_catalog.to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN 'stored' END AS "generated-columns",
    CASE WHEN p.puballtables THEN 'all' ELSE (SELECT pg_catalog.string_agg(
            pg_catalog.concat(r.prrelid::regclass,
                (SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', '
                        ORDER BY a.attnum) || ')' FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)),
                ' where ' || pg_catalog.pg_get_expr(r.prqual, r.prrelid)),
            ', ' ORDER BY r.prrelid::regclass::text)
        FROM (VALUES (NULL::int2[], NULL::pg_node_tree)) AS absent (prattrs, prqual)
        CROSS JOIN LATERAL (SELECT prpubid, prrelid, prattrs::int2[], prqual
            FROM pg_catalog.pg_publication_rel) r
        WHERE r.prpubid = p.oid) END AS tables,
    (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), ', ' ORDER BY n.nspname)
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_depend s ON s.classid = d.classid AND s.objid = d.objid
            AND s.refclassid = 'pg_catalog.pg_namespace'::regclass
        JOIN pg_catalog.pg_namespace n ON n.oid = s.refobjid
        WHERE d.refclassid = 'pg_catalog.pg_publication'::regclass AND d.refobjid = p.oid)
        AS schemas
FROM pg_catalog.pg_publication p
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_publication'::regclass AND d.objid = p.oid
        AND d.deptype = 'e');

-- Not told: user mappings and subscriptions, which hold passwords. 16384 is the first number that
-- a server gives to what its users make.
WITH made AS (
    SELECT 'pg_catalog.pg_am'::regclass AS class, oid, amhandler::text AS definition
    FROM pg_catalog.pg_am
    UNION ALL SELECT 'pg_catalog.pg_cast'::regclass, oid, pg_catalog.concat_ws(' ', castcontext,
        castmethod, NULLIF(castfunc, 0)::regprocedure) FROM pg_catalog.pg_cast
    UNION ALL SELECT 'pg_catalog.pg_conversion'::regclass, oid,
        pg_catalog.concat_ws(' ', pg_catalog.pg_encoding_to_char(conforencoding),
            pg_catalog.pg_encoding_to_char(contoencoding), conproc, condefault)
    FROM pg_catalog.pg_conversion
    UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid,
        pg_catalog.concat_ws(' ', NULLIF(fdwhandler, 0)::regprocedure,
            NULLIF(fdwvalidator, 0)::regprocedure, pg_catalog.array_to_string(fdwoptions, ', '))
    FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_catalog.pg_foreign_server'::regclass, s.oid, pg_catalog.concat_ws(' ',
        w.fdwname, s.srvtype, s.srvversion, pg_catalog.array_to_string(s.srvoptions, ', '))
    FROM pg_catalog.pg_foreign_server s
    JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
    UNION ALL SELECT 'pg_catalog.pg_language'::regclass, oid, pg_catalog.concat_ws(' ', lanpltrusted,
        NULLIF(lanplcallfoid, 0)::regprocedure, NULLIF(laninline, 0)::regprocedure,
        NULLIF(lanvalidator, 0)::regprocedure) FROM pg_catalog.pg_language
    UNION ALL SELECT 'pg_catalog.pg_operator'::regclass, oid, pg_catalog.concat_ws(' ', oprcode,
        'commutator', NULLIF(oprcom, 0)::regoperator, 'negator', NULLIF(oprnegate, 0)::regoperator,
        oprcanmerge, oprcanhash, NULLIF(oprrest, 0)::regproc, NULLIF(oprjoin, 0)::regproc)
    FROM pg_catalog.pg_operator
    UNION ALL SELECT 'pg_catalog.pg_opclass'::regclass, oid, pg_catalog.concat_ws(' ',
        pg_catalog.format_type(opcintype, NULL), opcdefault,
        pg_catalog.format_type(NULLIF(opckeytype, 0), NULL)) FROM pg_catalog.pg_opclass
    UNION ALL SELECT 'pg_catalog.pg_opfamily'::regclass, f.oid,
        (SELECT pg_catalog.string_agg(m.text, ', ' ORDER BY m.text) FROM (
            SELECT pg_catalog.concat_ws(' ', 'operator', o.amopstrategy, o.amopopr::regoperator,
                o.amoppurpose) FROM pg_catalog.pg_amop o WHERE o.amopfamily = f.oid
            UNION ALL SELECT pg_catalog.concat_ws(' ', 'function', a.amprocnum,
                a.amproc::regprocedure) FROM pg_catalog.pg_amproc a
            WHERE a.amprocfamily = f.oid) AS m (text))
    FROM pg_catalog.pg_opfamily f WHERE f.oid >= 16384
    UNION ALL SELECT 'pg_catalog.pg_ts_config'::regclass, c.oid, pg_catalog.concat_ws(' ',
        (SELECT p.prsname FROM pg_catalog.pg_ts_parser p WHERE p.oid = c.cfgparser), (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ',
            m.maptokentype, m.mapdict::regdictionary), ', ' ORDER BY m.maptokentype, m.mapseqno)
            FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid))
    FROM pg_catalog.pg_ts_config c WHERE c.oid >= 16384
    UNION ALL SELECT 'pg_catalog.pg_ts_dict'::regclass, d.oid,
        pg_catalog.concat_ws(' ', t.tmplname, d.dictinitoption)
    FROM pg_catalog.pg_ts_dict d JOIN pg_catalog.pg_ts_template t ON t.oid = d.dicttemplate
    UNION ALL SELECT 'pg_catalog.pg_ts_parser'::regclass, oid, pg_catalog.concat_ws(' ', prsstart,
        prstoken, prsend, prslextype, NULLIF(prsheadline, 0)::regproc) FROM pg_catalog.pg_ts_parser
    UNION ALL SELECT 'pg_catalog.pg_ts_template'::regclass, oid,
        pg_catalog.concat_ws(' ', NULLIF(tmplinit, 0)::regproc, tmpllexize)
    FROM pg_catalog.pg_ts_template
    UNION ALL SELECT 'pg_catalog.pg_transform'::regclass, oid, pg_catalog.concat_ws(' ',
        NULLIF(trffromsql, 0)::regprocedure, NULLIF(trftosql, 0)::regprocedure)
    FROM pg_catalog.pg_transform
)
SELECT pg_catalog.replace(i.type, ' ', '-') AS kind, i.identity AS name, m.definition,
    pg_catalog.obj_description(m.oid, m.class::text) AS comment
FROM made m CROSS JOIN LATERAL pg_catalog.pg_identify_object(m.class, m.oid, 0) i
WHERE m.oid >= 16384 AND i.schema IS DISTINCT FROM pg_catalog.quote_ident(:'registry')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = m.class AND d.objid = m.oid AND d.deptype IN ('e', 'i'));

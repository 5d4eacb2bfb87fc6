/// Statements of many kinds, for what the rules' examples do not show: schemas, and what is done to each by
/// itself.
enum WiderStatements {
    struct Group: Sendable {
        var earlier: String
        var statements: [String]
    }

    static let groups = [
        Group(
            earlier: """
                CREATE TABLE pk(a int, b int NOT NULL, c text);
                CREATE UNIQUE INDEX pk_a ON pk(a);
                CREATE UNIQUE INDEX pk_b ON pk(b);
                CREATE UNIQUE INDEX pk_ab ON pk(b, a);
                CREATE INDEX pk_c ON pk(c);
                """,
            statements: [
                "ALTER TABLE pk ADD PRIMARY KEY USING INDEX pk_a",
                "ALTER TABLE pk ADD PRIMARY KEY USING INDEX pk_b",
                "ALTER TABLE pk ADD PRIMARY KEY USING INDEX pk_ab",
                "ALTER TABLE pk ALTER c TYPE text COLLATE \"C\"",
                "ALTER TABLE pk ALTER c TYPE text",
            ]),
        Group(
            earlier: """
                CREATE TABLE trips(id bigint primary key, n text);
                CREATE TABLE guests(id bigint, trip_id bigint, phone text default '', nights int, a varchar(20), CONSTRAINT gk UNIQUE(id), m numeric(6,2), ts timestamp);
                CREATE TABLE kids(guest_id bigint REFERENCES guests(id), t bigint);
                CREATE INDEX guests_n ON guests(nights);
                ALTER TABLE guests ADD CONSTRAINT fk FOREIGN KEY (trip_id) REFERENCES trips(id);
                CREATE VIEW va AS SELECT id FROM trips;
                CREATE MATERIALIZED VIEW mv AS SELECT count(*) c FROM va;
                CREATE UNIQUE INDEX mvi ON mv(c);
                CREATE TYPE st AS ENUM('a');
                CREATE TABLE tt(s st, d int);
                CREATE DOMAIN ph AS text;
                CREATE TABLE pd(p ph);
                ALTER TABLE guests ADD CONSTRAINT nn CHECK (nights>0) NOT VALID;
                ALTER TABLE tt ADD CONSTRAINT dnn CHECK (d IS NOT NULL);
                CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $f$begin return new; end$f$;
                CREATE TRIGGER tr BEFORE INSERT ON trips FOR EACH ROW EXECUTE FUNCTION tf();
                CREATE SCHEMA arch;
                CREATE TABLE free(a int, b int not null);
                """,
            statements: [
                "SELECT * FROM trips",
                "SELECT * FROM va",
                "SELECT * FROM trips FOR UPDATE",
                "INSERT INTO trips VALUES(1)",
                "INSERT INTO guests(id,trip_id) VALUES(1,null)",
                "UPDATE guests SET nights=1",
                "UPDATE guests SET trip_id=1",
                "DELETE FROM guests",
                "DELETE FROM trips",
                "DELETE FROM kids",
                "ALTER TABLE guests ADD COLUMN x text",
                "ALTER TABLE guests ADD COLUMN x text NOT NULL",
                "ALTER TABLE guests ADD COLUMN x text NOT NULL DEFAULT ''",
                "ALTER TABLE guests ADD COLUMN x int DEFAULT 1 CHECK (x>0)",
                "ALTER TABLE guests ADD COLUMN x int CHECK (x>0)",
                "ALTER TABLE guests ADD COLUMN x uuid DEFAULT gen_random_uuid()",
                "ALTER TABLE guests ADD COLUMN x bigserial",
                "ALTER TABLE guests ADD x int UNIQUE",
                "ALTER TABLE guests ADD tid bigint REFERENCES trips",
                "ALTER TABLE guests ADD tid bigint DEFAULT 1 REFERENCES trips",
                "ALTER TABLE guests ADD x ph",
                "ALTER TABLE guests ADD COLUMN x int GENERATED ALWAYS AS (nights+1) STORED",
                "ALTER TABLE free ADD FOREIGN KEY (a) REFERENCES trips(id)",
                "ALTER TABLE free ADD FOREIGN KEY (a) REFERENCES trips(id) NOT VALID",
                "ALTER TABLE guests VALIDATE CONSTRAINT nn",
                "ALTER TABLE guests ADD CHECK (nights>0)",
                "ALTER TABLE guests ADD CHECK (nights>0) NOT VALID",
                "ALTER TABLE guests ALTER nights SET NOT NULL",
                "ALTER TABLE tt ALTER d SET NOT NULL",
                "ALTER TABLE guests ALTER nights DROP NOT NULL",
                "ALTER TABLE guests ALTER phone DROP DEFAULT",
                "ALTER TABLE guests ALTER phone SET STATISTICS 10",
                "ALTER TABLE guests SET (fillfactor=70)",
                "ALTER TABLE guests DROP CONSTRAINT fk",
                "ALTER TABLE guests DROP CONSTRAINT gk CASCADE",
                "ALTER TABLE guests DROP COLUMN phone",
                "ALTER TABLE guests DROP COLUMN trip_id",
                "ALTER TABLE guests DROP COLUMN id CASCADE",
                "DROP TABLE kids",
                "DROP TABLE guests CASCADE",
                "DROP TABLE free",
                "DROP VIEW va CASCADE",
                "DROP MATERIALIZED VIEW mv",
                "DROP TYPE st CASCADE",
                "ALTER TABLE guests ALTER nights TYPE bigint",
                "ALTER TABLE guests ALTER trip_id TYPE int",
                "ALTER TABLE guests ALTER id TYPE int",
                "ALTER TABLE guests ALTER a TYPE varchar(40)",
                "ALTER TABLE guests ALTER a TYPE text",
                "ALTER TABLE guests ALTER a TYPE varchar(10)",
                "ALTER TABLE guests ALTER m TYPE numeric(10,2)",
                "ALTER TABLE guests ALTER ts TYPE timestamptz",
                "CREATE INDEX ON guests(phone)",
                "DROP INDEX guests_n",
                "REINDEX TABLE guests",
                "REINDEX INDEX guests_n",
                "ALTER INDEX guests_n RENAME TO gn",
                "CLUSTER guests USING gk",
                "TRUNCATE free",
                "TRUNCATE guests CASCADE",
                "LOCK TABLE free",
                "LOCK TABLE va IN SHARE MODE",
                "REFRESH MATERIALIZED VIEW mv",
                "REFRESH MATERIALIZED VIEW CONCURRENTLY mv",
                "ALTER TABLE guests SET UNLOGGED",
                "ALTER TABLE free SET UNLOGGED",
                "COMMENT ON TABLE free IS 'x'",
                "COMMENT ON COLUMN free.a IS 'x'",
                "COMMENT ON INDEX guests_n IS 'x'",
                "COMMENT ON CONSTRAINT fk ON guests IS 'x'",
                "COMMENT ON TRIGGER tr ON trips IS 'x'",
                "COMMENT ON VIEW va IS 'x'",
                "GRANT SELECT ON guests TO public",
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO public",
                "CREATE TRIGGER t2 BEFORE INSERT ON free FOR EACH ROW EXECUTE FUNCTION tf()",
                "DROP TRIGGER tr ON trips",
                "ALTER TABLE trips DISABLE TRIGGER USER",
                "CREATE RULE r AS ON INSERT TO free DO NOTHING",
                "CREATE POLICY p ON free USING (true)",
                "ALTER TABLE free ENABLE ROW LEVEL SECURITY",
                "CREATE STATISTICS ss ON a,b FROM free",
                "CREATE VIEW v2 AS SELECT * FROM va",
                "CREATE OR REPLACE VIEW va AS SELECT id FROM trips",
                "CREATE TABLE n AS SELECT * FROM free",
                "CREATE TABLE n(LIKE free)",
                "CREATE TABLE n(LIKE guests INCLUDING ALL)",
                "CREATE TABLE n() INHERITS(free)",
                "CREATE TABLE n(a bigint REFERENCES trips)",
                "CREATE SEQUENCE q OWNED BY free.a",
                "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS $$SELECT count(*) FROM free$$",
                "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$INSERT INTO free VALUES(1,1)$$",
                "ALTER TABLE free RENAME TO gg",
                "ALTER TABLE free RENAME a TO aa",
                "ALTER TABLE free SET SCHEMA arch",
                "ALTER VIEW va RENAME TO vb",
                "ALTER TABLE free OWNER TO CURRENT_USER",
                "ALTER TABLE free REPLICA IDENTITY FULL",
                "ALTER DOMAIN ph SET NOT NULL",
                "ALTER DOMAIN ph ADD CHECK (value<>'')",
                "ALTER DOMAIN ph ADD CHECK (value<>'') NOT VALID",
                "ANALYZE free",
                "ALTER TABLE free ADD PRIMARY KEY(a)",
                "ALTER TABLE free ADD UNIQUE(b)",
                "ALTER TABLE free ADD EXCLUDE USING btree (b WITH =)",
                "EXPLAIN SELECT * FROM free",
                "PREPARE x AS SELECT * FROM free",
                "DECLARE c CURSOR FOR SELECT * FROM free",
                "ALTER TABLE guests RENAME CONSTRAINT gk TO gk2",
                "ALTER TABLE guests RENAME CONSTRAINT nn TO nn2",
                "ALTER TABLE guests ALTER CONSTRAINT fk DEFERRABLE",
                "ALTER TYPE st ADD VALUE 'b'",
                "ALTER TYPE st RENAME VALUE $$a$$ TO $$b$$",
                "ALTER TABLE free ALTER a SET STORAGE PLAIN",
                "ALTER TABLE free ALTER a SET (n_distinct=5)",
                "ALTER TABLE trips CLUSTER ON trips_pkey",
                "REINDEX INDEX trips_pkey",
                "ALTER TABLE free ALTER a ADD GENERATED ALWAYS AS IDENTITY",
                "ALTER TABLE free ALTER b ADD GENERATED ALWAYS AS IDENTITY",
                "DROP FUNCTION tf CASCADE",
                "ALTER SEQUENCE IF EXISTS q OWNED BY free.a",
                "DROP SCHEMA arch",
                "ALTER TABLE free SET TABLESPACE pg_default",
                "ALTER FUNCTION tf() RENAME TO tg",
                "VALUES(1)",
                "MERGE INTO free USING trips ON free.a=trips.id WHEN MATCHED THEN DELETE",
                "TABLE free",
                "ALTER TABLE trips ADD CONSTRAINT xx FOREIGN KEY (id) REFERENCES trips(id)",
                "CREATE PUBLICATION pp FOR TABLE free",
            ]),
        Group(
            earlier: """
                CREATE TABLE trips(id bigint primary key, n text);
                CREATE TABLE p(k int, v text, trip bigint) PARTITION BY RANGE(k);
                CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
                CREATE TABLE pdef PARTITION OF p DEFAULT;
                CREATE TABLE q(k int, v text) PARTITION BY RANGE(k);
                CREATE TABLE q1 PARTITION OF q FOR VALUES FROM (0) TO (10);
                CREATE TABLE c(k int, v text, trip bigint);
                CREATE TABLE c2(k int, v text);
                CREATE TABLE par(a int);
                CREATE TABLE chi() INHERITS(par);
                CREATE TABLE lone(a int);
                CREATE INDEX pv ON p(v);
                CREATE INDEX qi ON ONLY q(v);
                CREATE INDEX q1i ON q1(v);
                CREATE TABLE serial1(id serial);
                CREATE TABLE fresh(id bigint, s text);
                CREATE VIEW vp AS SELECT * FROM p;
                CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $f$begin return new; end$f$;
                CREATE TYPE comp AS (a int);
                CREATE TABLE ct(x comp);
                CREATE DOMAIN dch AS text CHECK (value<>'');
                """,
            statements: [
                "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)",
                "CREATE TABLE q2 PARTITION OF q FOR VALUES FROM (10) TO (20)",
                "ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (10) TO (20)",
                "ALTER TABLE q ATTACH PARTITION c2 FOR VALUES FROM (10) TO (20)",
                "ALTER TABLE p DETACH PARTITION p1",
                "ALTER TABLE q DETACH PARTITION q1",
                "DROP TABLE p1",
                "DROP TABLE q1",
                "DROP TABLE q",
                "DROP TABLE par CASCADE",
                "DROP TABLE chi",
                "TRUNCATE p",
                "TRUNCATE par",
                "TRUNCATE ONLY par",
                "ALTER TABLE p ADD x int",
                "ALTER TABLE p ADD x int DEFAULT 1",
                "ALTER TABLE par ADD x int",
                "ALTER TABLE ONLY p ALTER v SET DEFAULT 'x'",
                "CREATE INDEX ON p(k)",
                "CREATE INDEX ON ONLY p(k)",
                "DROP INDEX pv",
                "REINDEX INDEX pv",
                "REINDEX TABLE q",
                "INSERT INTO p VALUES(1)",
                "UPDATE p SET v=1 WHERE k=3",
                "UPDATE p SET v=1",
                "DELETE FROM p",
                "SELECT * FROM p",
                "SELECT * FROM p WHERE k=3",
                "SELECT * FROM par",
                "SELECT * FROM ONLY par",
                "LOCK TABLE p",
                "LOCK TABLE ONLY par",
                "CREATE TRIGGER t AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION tf()",
                "CREATE TRIGGER t AFTER INSERT ON p EXECUTE FUNCTION tf()",
                "CREATE TRIGGER t AFTER INSERT ON par FOR EACH ROW EXECUTE FUNCTION tf()",
                "ALTER TABLE p ADD FOREIGN KEY(trip) REFERENCES trips",
                "ALTER TABLE p ALTER v TYPE varchar(10)",
                "ALTER TABLE p ALTER k SET NOT NULL",
                "ALTER TABLE p RENAME TO pp",
                "ALTER TABLE p RENAME v TO vv",
                "ALTER TABLE par RENAME a TO aa",
                "ALTER TABLE p DROP COLUMN v",
                "ALTER TABLE p ADD CHECK (k>=-5)",
                "ALTER TABLE p OWNER TO CURRENT_USER",
                "ALTER TABLE p SET SCHEMA public",
                "ALTER TABLE p ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE p DISABLE TRIGGER USER",
                "ANALYZE p",
                "ANALYZE par",
                "COMMENT ON TABLE p IS 'x'",
                "ALTER TABLE lone INHERIT par",
                "ALTER TABLE chi NO INHERIT par",
                "CREATE POLICY x ON p USING(true)",
                "ALTER INDEX qi ATTACH PARTITION q1i",
                "CREATE VIEW w AS SELECT * FROM p",
                "DROP VIEW vp",
                "SELECT * FROM vp",
                "CREATE STATISTICS s ON k,v FROM p",
                "DROP TABLE serial1",
                "ALTER TABLE serial1 DROP COLUMN id",
                "ALTER TABLE fresh ADD CONSTRAINT fp PRIMARY KEY(id)",
                "ALTER TABLE fresh ALTER id ADD GENERATED ALWAYS AS IDENTITY",
                "ALTER TABLE fresh ADD x bigint GENERATED BY DEFAULT AS IDENTITY",
                "ALTER TABLE fresh ADD x dch",
                "ALTER TABLE fresh ADD x dch DEFAULT 'a'",
                "ALTER TABLE fresh ALTER s TYPE dch",
                "ALTER TYPE comp ADD ATTRIBUTE b int",
                "ALTER TYPE comp ADD ATTRIBUTE b int CASCADE",
                "DROP TYPE comp CASCADE",
                "DROP DOMAIN dch",
                "CREATE TABLE z (LIKE p INCLUDING ALL)",
                "CREATE MATERIALIZED VIEW m AS SELECT * FROM fresh",
                "CREATE MATERIALIZED VIEW m AS SELECT * FROM fresh WITH NO DATA",
                "ALTER SEQUENCE serial1_id_seq RESTART",
                "DROP SEQUENCE serial1_id_seq CASCADE",
                "ALTER TABLE fresh ADD COLUMN IF NOT EXISTS s text NOT NULL",
                "CREATE TABLE IF NOT EXISTS fresh(a int)",
                "CREATE INDEX IF NOT EXISTS pv ON p(v)",
                "ALTER TABLE fresh ADD CONSTRAINT u UNIQUE(id), ADD y text",
                "WITH x AS (DELETE FROM fresh RETURNING *) INSERT INTO lone SELECT id FROM x",
                "WITH fresh AS (SELECT 1) SELECT * FROM fresh",
                "ALTER TABLE fresh ALTER s TYPE varchar",
                "ALTER TABLE fresh ALTER s TYPE text COLLATE \"C\"",
                "ALTER TABLE fresh ALTER s SET COMPRESSION pglz",
                "ALTER TABLE fresh SET (autovacuum_enabled=off)",
                "ALTER TABLE fresh SET (user_catalog_table=true)",
                "CREATE SCHEMA sx CREATE TABLE t1(a bigint REFERENCES public.trips)",
                "GRANT SELECT (s) ON fresh TO public",
                "REVOKE ALL ON fresh FROM public",
                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO public",
                "CREATE FUNCTION pf() RETURNS bigint LANGUAGE plpgsql AS $$declare r fresh; begin return (select count(*) from fresh);end$$",
                "CREATE FUNCTION pf() RETURNS SETOF fresh LANGUAGE sql AS $$select * from fresh$$",
                "CREATE FUNCTION pf() RETURNS SETOF fresh LANGUAGE plpgsql AS $$begin return; end$$",
                "CREATE FUNCTION pf() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM fresh; END",
                "SET CONSTRAINTS ALL DEFERRED",
                "SELECT count(*) FROM fresh",
                "SELECT nextval('serial1_id_seq')",
            ]),
    ]
}

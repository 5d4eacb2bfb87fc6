-- Apus's registry in PostgreSQL, version 5. FORMATS.md says what each column means.
-- Where the registry has another schema, that name takes the place of the "apus" in front of a dot.
-- The schema itself is made before this runs, because making one takes a right of its own.
-- Rows that every step writes name their run without a foreign key: the run's row is written first,
-- under the same lock, and checking it again would be the dearest part of the record.

CREATE TABLE apus.settings (
    name text PRIMARY KEY,
    value text NOT NULL
);
COMMENT ON TABLE apus.settings IS 'What this registry is; "registry" is the version of its tables';

CREATE TABLE apus.runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    status text NOT NULL DEFAULT 'running'
        CHECK (status IN ('running', 'succeeded', 'failed', 'interrupted')),
    summary text NOT NULL,
    plan_digest text NOT NULL CHECK (plan_digest ~ '^[0-9a-f]{64}$'),
    from_version text,
    to_version text,
    steps integer NOT NULL CHECK (steps >= 0),
    started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    ended_at timestamptz,
    started_by text NOT NULL,
    database_user text NOT NULL DEFAULT current_user,
    application_version text,
    tool_version text NOT NULL,
    failure_code text,
    failure_message text,
    schema_digest text CHECK (schema_digest ~ '^[0-9a-f]{64}$'),
    plan text,
    CHECK ((status = 'running') = (ended_at IS NULL))
);
COMMENT ON TABLE apus.runs IS 'Every run of Apus that changed, or tried to change, this database';

CREATE TABLE apus.migrations (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    version text NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL CHECK (checksum ~ '^[0-9a-f]{64}$'),
    up_meaning text NOT NULL CHECK (up_meaning ~ '^[0-9a-f]{64}$'),
    down_meaning text CHECK (down_meaning ~ '^[0-9a-f]{64}$'),
    source bytea,
    down_source bytea,
    down_transaction text CHECK (down_transaction IN ('wrapped', 'none')),
    dependencies text[],
    minimum_application text,
    irreversible_reason text,
    applied_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    applied_by text NOT NULL,
    duration_us bigint NOT NULL CHECK (duration_us >= 0),
    run bigint NOT NULL,
    is_baseline boolean NOT NULL DEFAULT false,
    schema_digest text CHECK (schema_digest ~ '^[0-9a-f]{64}$'),
    CHECK (source IS NULL OR down_source IS NULL),
    CHECK ((down_source IS NULL) = (down_transaction IS NULL))
);
COMMENT ON TABLE apus.migrations IS 'The migrations that this database has, in the order applied';

CREATE TABLE apus.journal (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run bigint NOT NULL,
    migration text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    status text NOT NULL CHECK (status IN ('started', 'done', 'failed', 'settled')),
    meaning text NOT NULL CHECK (meaning ~ '^[0-9a-f]{64}$'),
    statements_done integer NOT NULL CHECK (statements_done >= 0),
    statement_count integer NOT NULL CHECK (statement_count >= 0),
    started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    duration_us bigint CHECK (duration_us >= 0),
    message text
);
CREATE INDEX ON apus.journal (run);
-- What is unfinished is asked for by every step; hardly ever is there anything.
CREATE INDEX ON apus.journal (migration) WHERE status = 'started';
COMMENT ON TABLE apus.journal IS 'The steps of each run; one that is "started" was not finished';

CREATE TABLE apus.backups (
    name text PRIMARY KEY,
    run bigint REFERENCES apus.runs,
    path text NOT NULL,
    bytes bigint NOT NULL CHECK (bytes >= 0),
    checksum text NOT NULL CHECK (checksum ~ '^[0-9a-f]{64}$'),
    taken_at timestamptz NOT NULL,
    duration_us bigint NOT NULL CHECK (duration_us >= 0),
    version text
);
COMMENT ON TABLE apus.backups IS 'Backups that were written, read back and hashed';

CREATE TABLE apus.schemas (
    digest text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    document text NOT NULL
);
COMMENT ON TABLE apus.schemas IS 'What the last run and the two newest migrations left, as JSON';

-- Each action has a row before it, and one behind it that names the first as its intent.
CREATE TABLE apus.audit (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    intent bigint UNIQUE REFERENCES apus.audit,
    person text NOT NULL,
    address text,
    action text NOT NULL,
    subject text NOT NULL,
    request_key text UNIQUE,
    outcome text,
    run bigint,
    CHECK ((intent IS NULL) = (outcome IS NULL))
);
COMMENT ON TABLE apus.audit IS 'Who did what from the admin page and the API; rows are only added';
CREATE FUNCTION apus.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''rows of the audit are only added, never changed''; END';
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON apus.audit
    FOR EACH STATEMENT EXECUTE FUNCTION apus.refuse_change();

CREATE TABLE apus.rehearsals (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    passed_at timestamptz NOT NULL,
    passed_by text NOT NULL,
    tool_version text NOT NULL,
    backup text NOT NULL,
    backup_taken_at timestamptz NOT NULL,
    plan_digest text NOT NULL CHECK (plan_digest ~ '^[0-9a-f]{64}$'),
    from_version text,
    to_version text,
    way text NOT NULL
);
COMMENT ON TABLE apus.rehearsals IS 'Rehearsals of this database''s migrations that passed';

CREATE TABLE apus.batches (
    migration text NOT NULL,
    statement integer NOT NULL CHECK (statement >= 0),
    meaning text NOT NULL CHECK (meaning ~ '^[0-9a-f]{64}$'),
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'paused', 'cancelled', 'failed', 'done')),
    key_types text NOT NULL,
    last_key text[],
    size bigint NOT NULL CHECK (size > 0),
    batches_done bigint NOT NULL DEFAULT 0,
    rows_done bigint NOT NULL DEFAULT 0,
    rows_expected bigint,
    busy_us bigint NOT NULL DEFAULT 0,
    run bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    message text,
    PRIMARY KEY (migration, statement)
);
COMMENT ON TABLE apus.batches IS 'How far each data migration has come; a row changes with each batch';

CREATE TABLE apus.schedule (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('migrate', 'rollback', 'revert')),
    goal text NOT NULL,
    summary text NOT NULL,
    plan_digest text NOT NULL CHECK (plan_digest ~ '^[0-9a-f]{64}$'),
    not_before timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    said text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    created_by text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN
        ('waiting', 'running', 'done', 'failed', 'changed', 'missed', 'cancelled', 'confirmed')),
    ended_at timestamptz,
    run bigint,
    reverts bigint,
    message text,
    CHECK (not_before <= not_after),
    CHECK ((kind = 'revert') = (reverts IS NOT NULL))
);
COMMENT ON TABLE apus.schedule IS 'What is to be run at its time, and what became of it';

CREATE TABLE apus.step_waits (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run bigint NOT NULL,
    migration text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    waited_us bigint NOT NULL CHECK (waited_us >= 0),
    retries integer NOT NULL CHECK (retries >= 0),
    holder text
);
CREATE INDEX ON apus.step_waits (run);
COMMENT ON TABLE apus.step_waits IS 'What steps waited for locks of others, written when their run ended';

CREATE TABLE apus.step_locks (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run bigint NOT NULL,
    migration text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    statement integer NOT NULL CHECK (statement >= 0),
    relation text NOT NULL,
    mode text NOT NULL,
    held_us bigint NOT NULL CHECK (held_us >= 0),
    is_rewrite boolean NOT NULL,
    is_scan boolean NOT NULL
);
CREATE INDEX ON apus.step_locks (run);
COMMENT ON TABLE apus.step_locks IS 'The locks that steps held, of runs that traced them';

INSERT INTO apus.settings (name, value) VALUES ('registry', '5');

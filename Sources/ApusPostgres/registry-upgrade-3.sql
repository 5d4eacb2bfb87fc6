-- Makes version 3 of the registry out of version 2: the rehearsals that passed. Names as in
-- registry.sql.

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

UPDATE apus.settings SET value = '3' WHERE name = 'registry';

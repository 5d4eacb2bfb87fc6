-- Makes version 3 of the registry out of version 2: the rehearsals that passed. Names as in
-- registry.sql.

-- Rehearsals of this database's migrations that passed, beginning with a backup of it.
CREATE TABLE main.apus_rehearsals (
    entry INTEGER PRIMARY KEY,
    passed_at TEXT NOT NULL,
    passed_by TEXT NOT NULL,
    tool_version TEXT NOT NULL,
    backup TEXT NOT NULL,
    backup_taken_at TEXT NOT NULL,
    plan_digest TEXT NOT NULL,
    from_version TEXT,
    to_version TEXT,
    way TEXT NOT NULL                   -- each step up and down, and the version at each level
) STRICT;

UPDATE main.apus_settings SET value = '3' WHERE name = 'registry';

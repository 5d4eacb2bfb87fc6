-- Migration: 2.0.0 - add_properties_and_units
-- Created: 2025-11-03T09:00:00
-- Up Migration

-- Expand: properties and their units as tables of their own, filled from the trips in batches. Application
-- 2.0.0 writes both the old columns and the new ones until check_units_and_people has found nothing missing.
-- The same in migrations/postgres: change both together.

-- A place with units to let: what the number of a unit begins with, up to its last hyphen.
CREATE TABLE guest_reg_properties (
    id              INTEGER NOT NULL PRIMARY KEY,
    host_id         INTEGER NOT NULL,
    property_number TEXT NOT NULL,
    name            TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_properties_number_key UNIQUE (host_id, property_number),
    CONSTRAINT guest_reg_properties_host_id_fkey FOREIGN KEY (host_id)
        REFERENCES guest_reg_users (id) ON DELETE RESTRICT,
    CONSTRAINT guest_reg_properties_names_check CHECK (property_number <> '' AND name <> '')
);

CREATE TABLE guest_reg_units (
    id          INTEGER NOT NULL PRIMARY KEY,
    property_id INTEGER NOT NULL,
    unit_number TEXT NOT NULL,           -- the unit's number in the official register of accommodation
    unit_name   TEXT NOT NULL,
    is_active   BOOLEAN NOT NULL DEFAULT TRUE CHECK (is_active IN (0, 1)),
    created_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_units_number_key UNIQUE (property_id, unit_number),
    CONSTRAINT guest_reg_units_property_id_fkey FOREIGN KEY (property_id)
        REFERENCES guest_reg_properties (id) ON DELETE RESTRICT
);

ALTER TABLE guest_reg_trips ADD COLUMN unit_id INTEGER
    CONSTRAINT guest_reg_trips_unit_id_fkey REFERENCES guest_reg_units (id) ON DELETE RESTRICT;
-- What the unit was called when it was booked, where it is not what it is called now.
ALTER TABLE guest_reg_trips ADD COLUMN listing_name TEXT;

-- apus: batch table=guest_reg_trips key=id size=2000
INSERT INTO guest_reg_properties (host_id, property_number, name)
SELECT DISTINCT t.host_id,
    coalesce(nullif(substr(t.unit_number, 1, length(rtrim(t.unit_number, replace(t.unit_number, '-', ''))) - 1), ''), t.unit_number),
    coalesce(nullif(h.business_name, ''), h.full_name)
FROM guest_reg_trips AS t JOIN guest_reg_users AS h ON h.id = t.host_id
WHERE t.id BETWEEN :start AND :end AND t.unit_number <> ''
ON CONFLICT DO NOTHING;

-- apus: batch table=guest_reg_trips key=id size=2000
INSERT INTO guest_reg_units (property_id, unit_number, unit_name)
SELECT p.id, t.unit_number, min(t.unit_name)
FROM guest_reg_trips AS t
JOIN guest_reg_properties AS p ON p.host_id = t.host_id
    AND p.property_number = coalesce(nullif(substr(t.unit_number, 1, length(rtrim(t.unit_number, replace(t.unit_number, '-', ''))) - 1), ''), t.unit_number)
WHERE t.id BETWEEN :start AND :end
GROUP BY p.id, t.unit_number
ON CONFLICT DO NOTHING;

-- apus: batch table=guest_reg_trips key=id size=2000
UPDATE guest_reg_trips AS t SET unit_id = u.id, listing_name = nullif(t.unit_name, u.unit_name)
FROM guest_reg_units AS u JOIN guest_reg_properties AS p ON p.id = u.property_id
WHERE t.id BETWEEN :start AND :end AND t.unit_id IS NULL
    AND p.host_id = t.host_id AND u.unit_number = t.unit_number;

-- apus: verify
SELECT id, reference, unit_number FROM guest_reg_trips WHERE unit_id IS NULL;

-- Down Migration (Rollback)

ALTER TABLE guest_reg_trips DROP COLUMN listing_name;
ALTER TABLE guest_reg_trips DROP COLUMN unit_id;
DROP TABLE guest_reg_units;
DROP TABLE guest_reg_properties;

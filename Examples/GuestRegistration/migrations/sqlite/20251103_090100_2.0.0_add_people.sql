-- Migration: 2.0.0 - add_people
-- Created: 2025-11-03T09:01:00
-- Up Migration

-- Expand: a person once, however many registrations they are in. What a registration reported of its guests
-- stays with it as it was reported. The same in migrations/postgres: change both together.

-- A person is who was reported with all of these alike; whom staff know to be one, they merge.
CREATE TABLE guest_reg_people (
    id                 INTEGER NOT NULL PRIMARY KEY,
    given_names        TEXT NOT NULL,
    family_name        TEXT NOT NULL,
    second_family_name TEXT NOT NULL DEFAULT '',  -- empty where there is none, so that the key holds
    sex                TEXT NOT NULL,
    birth_date         DATE NOT NULL CHECK (date(birth_date) IS birth_date),
    birth_place        TEXT NOT NULL,
    birth_country      TEXT NOT NULL,
    nationality        TEXT NOT NULL,
    created_at         TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at         TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_people_identity_key UNIQUE (
        family_name, given_names, birth_date, second_family_name, sex, birth_place, birth_country, nationality),
    CONSTRAINT guest_reg_people_names_check CHECK (given_names <> '' AND family_name <> ''),
    CONSTRAINT guest_reg_people_sex_check CHECK (sex IN ('F', 'M', 'X')),
    CONSTRAINT guest_reg_people_countries_check CHECK (birth_country GLOB '[A-Z][A-Z]' AND nationality GLOB '[A-Z][A-Z]')
);

ALTER TABLE guest_reg_guests ADD COLUMN person_id INTEGER
    CONSTRAINT guest_reg_guests_person_id_fkey REFERENCES guest_reg_people (id) ON DELETE RESTRICT;

-- apus: batch table=guest_reg_guests key=id size=2000
INSERT INTO guest_reg_people (given_names, family_name, second_family_name, sex, birth_date, birth_place,
    birth_country, nationality)
SELECT DISTINCT g.given_names, g.family_name, coalesce(g.second_family_name, ''), g.sex, g.birth_date, g.birth_place,
    g.birth_country, g.nationality
FROM guest_reg_guests AS g WHERE g.id BETWEEN :start AND :end
ON CONFLICT DO NOTHING;

-- apus: batch table=guest_reg_guests key=id size=2000
UPDATE guest_reg_guests AS g SET person_id = p.id
FROM guest_reg_people AS p
WHERE g.id BETWEEN :start AND :end AND g.person_id IS NULL
    AND p.family_name = g.family_name AND p.given_names = g.given_names AND p.birth_date = g.birth_date
    AND p.second_family_name = coalesce(g.second_family_name, '') AND p.sex = g.sex
    AND p.birth_place = g.birth_place AND p.birth_country = g.birth_country AND p.nationality = g.nationality;

-- apus: verify
SELECT id, registration_id FROM guest_reg_guests WHERE person_id IS NULL;

-- Down Migration (Rollback)

ALTER TABLE guest_reg_guests DROP COLUMN person_id;
DROP TABLE guest_reg_people;

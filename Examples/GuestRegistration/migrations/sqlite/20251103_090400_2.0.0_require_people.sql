-- Migration: 2.0.0 - require_people
-- Created: 2025-11-03T09:04:00
-- Up Migration

-- Contract: who is registered is a known person, and spoken to in a language that somebody chose; application
-- 2.0.0 states it itself. SQLite cannot say NOT NULL later: the table is made anew, and with it what stands on it.
DROP VIEW guest_reg_guest_months;

CREATE TABLE guest_reg_guests_new (
    id                      INTEGER NOT NULL PRIMARY KEY,
    registration_id         INTEGER NOT NULL,
    -- the guest who signs for the party
    is_lead                 BOOLEAN NOT NULL DEFAULT FALSE CHECK (is_lead IN (0, 1)),
    given_names             TEXT NOT NULL,
    family_name             TEXT NOT NULL,
    second_family_name      TEXT,
    sex                     TEXT NOT NULL,
    birth_date              DATE NOT NULL CHECK (date(birth_date) IS birth_date),
    birth_place             TEXT NOT NULL,
    birth_country           TEXT NOT NULL,
    nationality             TEXT NOT NULL,
    document_type           TEXT NOT NULL,
    document_number         TEXT NOT NULL,
    document_country        TEXT NOT NULL,      -- the issuing country
    document_valid_until    DATE CHECK (date(document_valid_until) IS document_valid_until),
    visa_number             TEXT,
    -- into the country, where a visa is needed
    entry_date              DATE CHECK (date(entry_date) IS entry_date),
    entry_place             TEXT,
    address_street          TEXT NOT NULL,
    address_postal_code     TEXT,
    address_city            TEXT NOT NULL,
    address_country         TEXT NOT NULL,
    email                   TEXT,
    phone                   TEXT,
    accompanied_by_id       INTEGER,            -- for minors: the responsible adult
    relationship            TEXT,               -- of the minor to that adult
    arrival_date            DATE NOT NULL CHECK (date(arrival_date) IS arrival_date),
    departure_date          DATE NOT NULL CHECK (date(departure_date) IS departure_date),
    tax_category            TEXT NOT NULL DEFAULT 'standard',
    tax_exemption_reason    TEXT,
    tax_per_night           NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(tax_per_night) IN ('integer', 'real')),
    tax_currency            TEXT NOT NULL DEFAULT 'EUR',
    signed_at               TIMESTAMP CHECK (datetime(signed_at) IS substr(signed_at, 1, 19)),
    created_at              TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at              TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    preferred_language      TEXT NOT NULL
        CONSTRAINT guest_reg_guests_preferred_language_fkey
            REFERENCES guest_reg_languages (code) ON DELETE RESTRICT,
    person_id               INTEGER NOT NULL
        CONSTRAINT guest_reg_guests_person_id_fkey REFERENCES guest_reg_people (id) ON DELETE RESTRICT,

    CONSTRAINT guest_reg_guests_document_key
        UNIQUE (registration_id, document_country, document_type, document_number),
    CONSTRAINT guest_reg_guests_registration_id_fkey FOREIGN KEY (registration_id)
        REFERENCES guest_reg_registrations (id) ON DELETE CASCADE,
    CONSTRAINT guest_reg_guests_accompanied_by_id_fkey FOREIGN KEY (accompanied_by_id)
        REFERENCES guest_reg_guests (id) ON DELETE SET NULL,
    CONSTRAINT guest_reg_guests_names_check CHECK (given_names <> '' AND family_name <> ''),
    CONSTRAINT guest_reg_guests_sex_check CHECK (sex IN ('F', 'M', 'X')),
    CONSTRAINT guest_reg_guests_countries_check CHECK (
        birth_country GLOB '[A-Z][A-Z]' AND nationality GLOB '[A-Z][A-Z]'
        AND document_country GLOB '[A-Z][A-Z]' AND address_country GLOB '[A-Z][A-Z]'),
    CONSTRAINT guest_reg_guests_document_type_check CHECK (
        document_type IN ('passport', 'identity_card', 'driving_licence', 'residence_permit', 'other')),
    CONSTRAINT guest_reg_guests_document_number_check CHECK (document_number <> ''),
    CONSTRAINT guest_reg_guests_dates_check CHECK (departure_date >= arrival_date AND birth_date <= arrival_date),
    CONSTRAINT guest_reg_guests_accompanied_check CHECK (accompanied_by_id <> id),
    CONSTRAINT guest_reg_guests_tax_category_check CHECK (tax_category IN ('standard', 'reduced', 'exempt')),
    CONSTRAINT guest_reg_guests_tax_check CHECK (
        tax_per_night >= 0
        AND (tax_category <> 'exempt' OR (tax_per_night = 0 AND tax_exemption_reason IS NOT NULL))),
    CONSTRAINT guest_reg_guests_currency_check CHECK (tax_currency GLOB '[A-Z][A-Z][A-Z]')
);

INSERT INTO guest_reg_guests_new SELECT * FROM guest_reg_guests;

-- Application 2.0.0 states the language itself: with the table goes what chose it, and is not made again.
DROP TRIGGER guest_reg_guests_language;
DROP TABLE guest_reg_guests;
ALTER TABLE guest_reg_guests_new RENAME TO guest_reg_guests;

CREATE UNIQUE INDEX guest_reg_guests_one_lead_key ON guest_reg_guests (registration_id) WHERE is_lead;
CREATE INDEX guest_reg_guests_name_idx ON guest_reg_guests (family_name, given_names, birth_date);
CREATE INDEX guest_reg_guests_document_idx ON guest_reg_guests (document_number, document_country);
CREATE INDEX guest_reg_guests_nationality_arrival_idx ON guest_reg_guests (nationality, arrival_date);
CREATE INDEX guest_reg_guests_stay_idx ON guest_reg_guests (arrival_date, departure_date);
CREATE INDEX guest_reg_guests_accompanied_by_id_idx ON guest_reg_guests (accompanied_by_id)
    WHERE accompanied_by_id IS NOT NULL;
CREATE INDEX guest_reg_guests_preferred_language_idx ON guest_reg_guests (preferred_language);
CREATE INDEX guest_reg_guests_country_arrival_idx ON guest_reg_guests (address_country, arrival_date);
CREATE INDEX guest_reg_guests_person_id_idx ON guest_reg_guests (person_id);

CREATE VIEW guest_reg_guest_months AS
SELECT guest_id, month, country, is_arrival AS guests, is_arrival AND is_lead AS parties,
    nights AS guest_nights, nights * is_lead AS party_nights
FROM (
    SELECT g.id AS guest_id, g.address_country AS country, g.is_lead, m.key = 0 AS is_arrival,
        date(g.arrival_date, 'start of month', '+' || m.key || ' months') AS month,
        CAST(julianday(min(g.departure_date, date(g.arrival_date, 'start of month', '+' || (m.key + 1) || ' months')))
            - julianday(max(g.arrival_date, date(g.arrival_date, 'start of month', '+' || m.key || ' months')))
            AS INTEGER) AS nights
    FROM guest_reg_guests AS g
    JOIN json_each('[0' || replace(hex(zeroblob(
        (strftime('%Y', max(date(g.departure_date, '-1 day'), g.arrival_date)) - strftime('%Y', g.arrival_date)) * 12
        + strftime('%m', max(date(g.departure_date, '-1 day'), g.arrival_date)) - strftime('%m', g.arrival_date))),
        '00', ',0') || ']') AS m
);

CREATE TRIGGER guest_reg_guests_report_insert AFTER INSERT ON guest_reg_guests
BEGIN
    INSERT INTO guest_reg_report_guest_nights
    SELECT month, country, guests, parties, guest_nights, party_nights
    FROM guest_reg_guest_months WHERE guest_id = NEW.id
    ON CONFLICT (month, country) DO UPDATE SET guests = guests + excluded.guests,
        parties = parties + excluded.parties, guest_nights = guest_nights + excluded.guest_nights,
        party_nights = party_nights + excluded.party_nights;
END;

CREATE TRIGGER guest_reg_guests_report_before_update
BEFORE UPDATE OF address_country, arrival_date, departure_date, is_lead ON guest_reg_guests
BEGIN
    UPDATE guest_reg_report_guest_nights SET guests = guest_reg_report_guest_nights.guests - m.guests,
        parties = guest_reg_report_guest_nights.parties - m.parties,
        guest_nights = guest_reg_report_guest_nights.guest_nights - m.guest_nights,
        party_nights = guest_reg_report_guest_nights.party_nights - m.party_nights
    FROM guest_reg_guest_months AS m
    WHERE m.guest_id = OLD.id AND guest_reg_report_guest_nights.month = m.month
        AND guest_reg_report_guest_nights.country = m.country;
    DELETE FROM guest_reg_report_guest_nights
    WHERE month BETWEEN date(OLD.arrival_date, 'start of month') AND OLD.departure_date
        AND country = OLD.address_country AND guests = 0 AND guest_nights = 0;
END;

CREATE TRIGGER guest_reg_guests_report_update
AFTER UPDATE OF address_country, arrival_date, departure_date, is_lead ON guest_reg_guests
BEGIN
    INSERT INTO guest_reg_report_guest_nights
    SELECT month, country, guests, parties, guest_nights, party_nights
    FROM guest_reg_guest_months WHERE guest_id = NEW.id
    ON CONFLICT (month, country) DO UPDATE SET guests = guests + excluded.guests,
        parties = parties + excluded.parties, guest_nights = guest_nights + excluded.guest_nights,
        party_nights = party_nights + excluded.party_nights;
END;

CREATE TRIGGER guest_reg_guests_report_delete BEFORE DELETE ON guest_reg_guests
BEGIN
    UPDATE guest_reg_report_guest_nights SET guests = guest_reg_report_guest_nights.guests - m.guests,
        parties = guest_reg_report_guest_nights.parties - m.parties,
        guest_nights = guest_reg_report_guest_nights.guest_nights - m.guest_nights,
        party_nights = guest_reg_report_guest_nights.party_nights - m.party_nights
    FROM guest_reg_guest_months AS m
    WHERE m.guest_id = OLD.id AND guest_reg_report_guest_nights.month = m.month
        AND guest_reg_report_guest_nights.country = m.country;
    DELETE FROM guest_reg_report_guest_nights
    WHERE month BETWEEN date(OLD.arrival_date, 'start of month') AND OLD.departure_date
        AND country = OLD.address_country AND guests = 0 AND guest_nights = 0;
END;

-- Down Migration (Rollback)

DROP VIEW guest_reg_guest_months;

CREATE TABLE guest_reg_guests_new (
    id                      INTEGER NOT NULL PRIMARY KEY,
    registration_id         INTEGER NOT NULL,
    -- the guest who signs for the party
    is_lead                 BOOLEAN NOT NULL DEFAULT FALSE CHECK (is_lead IN (0, 1)),
    given_names             TEXT NOT NULL,
    family_name             TEXT NOT NULL,
    second_family_name      TEXT,
    sex                     TEXT NOT NULL,
    birth_date              DATE NOT NULL CHECK (date(birth_date) IS birth_date),
    birth_place             TEXT NOT NULL,
    birth_country           TEXT NOT NULL,
    nationality             TEXT NOT NULL,
    document_type           TEXT NOT NULL,
    document_number         TEXT NOT NULL,
    document_country        TEXT NOT NULL,      -- the issuing country
    document_valid_until    DATE CHECK (date(document_valid_until) IS document_valid_until),
    visa_number             TEXT,
    -- into the country, where a visa is needed
    entry_date              DATE CHECK (date(entry_date) IS entry_date),
    entry_place             TEXT,
    address_street          TEXT NOT NULL,
    address_postal_code     TEXT,
    address_city            TEXT NOT NULL,
    address_country         TEXT NOT NULL,
    email                   TEXT,
    phone                   TEXT,
    accompanied_by_id       INTEGER,            -- for minors: the responsible adult
    relationship            TEXT,               -- of the minor to that adult
    arrival_date            DATE NOT NULL CHECK (date(arrival_date) IS arrival_date),
    departure_date          DATE NOT NULL CHECK (date(departure_date) IS departure_date),
    tax_category            TEXT NOT NULL DEFAULT 'standard',
    tax_exemption_reason    TEXT,
    tax_per_night           NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(tax_per_night) IN ('integer', 'real')),
    tax_currency            TEXT NOT NULL DEFAULT 'EUR',
    signed_at               TIMESTAMP CHECK (datetime(signed_at) IS substr(signed_at, 1, 19)),
    created_at              TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at              TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    preferred_language      TEXT
        CONSTRAINT guest_reg_guests_preferred_language_fkey
            REFERENCES guest_reg_languages (code) ON DELETE RESTRICT,
    person_id               INTEGER
        CONSTRAINT guest_reg_guests_person_id_fkey REFERENCES guest_reg_people (id) ON DELETE RESTRICT,

    CONSTRAINT guest_reg_guests_document_key
        UNIQUE (registration_id, document_country, document_type, document_number),
    CONSTRAINT guest_reg_guests_registration_id_fkey FOREIGN KEY (registration_id)
        REFERENCES guest_reg_registrations (id) ON DELETE CASCADE,
    CONSTRAINT guest_reg_guests_accompanied_by_id_fkey FOREIGN KEY (accompanied_by_id)
        REFERENCES guest_reg_guests (id) ON DELETE SET NULL,
    CONSTRAINT guest_reg_guests_names_check CHECK (given_names <> '' AND family_name <> ''),
    CONSTRAINT guest_reg_guests_sex_check CHECK (sex IN ('F', 'M', 'X')),
    CONSTRAINT guest_reg_guests_countries_check CHECK (
        birth_country GLOB '[A-Z][A-Z]' AND nationality GLOB '[A-Z][A-Z]'
        AND document_country GLOB '[A-Z][A-Z]' AND address_country GLOB '[A-Z][A-Z]'),
    CONSTRAINT guest_reg_guests_document_type_check CHECK (
        document_type IN ('passport', 'identity_card', 'driving_licence', 'residence_permit', 'other')),
    CONSTRAINT guest_reg_guests_document_number_check CHECK (document_number <> ''),
    CONSTRAINT guest_reg_guests_dates_check CHECK (departure_date >= arrival_date AND birth_date <= arrival_date),
    CONSTRAINT guest_reg_guests_accompanied_check CHECK (accompanied_by_id <> id),
    CONSTRAINT guest_reg_guests_tax_category_check CHECK (tax_category IN ('standard', 'reduced', 'exempt')),
    CONSTRAINT guest_reg_guests_tax_check CHECK (
        tax_per_night >= 0
        AND (tax_category <> 'exempt' OR (tax_per_night = 0 AND tax_exemption_reason IS NOT NULL))),
    CONSTRAINT guest_reg_guests_currency_check CHECK (tax_currency GLOB '[A-Z][A-Z][A-Z]')
);

INSERT INTO guest_reg_guests_new SELECT * FROM guest_reg_guests;

DROP TABLE guest_reg_guests;
ALTER TABLE guest_reg_guests_new RENAME TO guest_reg_guests;

CREATE UNIQUE INDEX guest_reg_guests_one_lead_key ON guest_reg_guests (registration_id) WHERE is_lead;
CREATE INDEX guest_reg_guests_name_idx ON guest_reg_guests (family_name, given_names, birth_date);
CREATE INDEX guest_reg_guests_document_idx ON guest_reg_guests (document_number, document_country);
CREATE INDEX guest_reg_guests_nationality_arrival_idx ON guest_reg_guests (nationality, arrival_date);
CREATE INDEX guest_reg_guests_stay_idx ON guest_reg_guests (arrival_date, departure_date);
CREATE INDEX guest_reg_guests_accompanied_by_id_idx ON guest_reg_guests (accompanied_by_id)
    WHERE accompanied_by_id IS NOT NULL;
CREATE INDEX guest_reg_guests_preferred_language_idx ON guest_reg_guests (preferred_language);
CREATE INDEX guest_reg_guests_country_arrival_idx ON guest_reg_guests (address_country, arrival_date);
CREATE INDEX guest_reg_guests_person_id_idx ON guest_reg_guests (person_id);

CREATE VIEW guest_reg_guest_months AS
SELECT guest_id, month, country, is_arrival AS guests, is_arrival AND is_lead AS parties,
    nights AS guest_nights, nights * is_lead AS party_nights
FROM (
    SELECT g.id AS guest_id, g.address_country AS country, g.is_lead, m.key = 0 AS is_arrival,
        date(g.arrival_date, 'start of month', '+' || m.key || ' months') AS month,
        CAST(julianday(min(g.departure_date, date(g.arrival_date, 'start of month', '+' || (m.key + 1) || ' months')))
            - julianday(max(g.arrival_date, date(g.arrival_date, 'start of month', '+' || m.key || ' months')))
            AS INTEGER) AS nights
    FROM guest_reg_guests AS g
    JOIN json_each('[0' || replace(hex(zeroblob(
        (strftime('%Y', max(date(g.departure_date, '-1 day'), g.arrival_date)) - strftime('%Y', g.arrival_date)) * 12
        + strftime('%m', max(date(g.departure_date, '-1 day'), g.arrival_date)) - strftime('%m', g.arrival_date))),
        '00', ',0') || ']') AS m
);

CREATE TRIGGER guest_reg_guests_report_insert AFTER INSERT ON guest_reg_guests
BEGIN
    INSERT INTO guest_reg_report_guest_nights
    SELECT month, country, guests, parties, guest_nights, party_nights
    FROM guest_reg_guest_months WHERE guest_id = NEW.id
    ON CONFLICT (month, country) DO UPDATE SET guests = guests + excluded.guests,
        parties = parties + excluded.parties, guest_nights = guest_nights + excluded.guest_nights,
        party_nights = party_nights + excluded.party_nights;
END;

CREATE TRIGGER guest_reg_guests_report_before_update
BEFORE UPDATE OF address_country, arrival_date, departure_date, is_lead ON guest_reg_guests
BEGIN
    UPDATE guest_reg_report_guest_nights SET guests = guest_reg_report_guest_nights.guests - m.guests,
        parties = guest_reg_report_guest_nights.parties - m.parties,
        guest_nights = guest_reg_report_guest_nights.guest_nights - m.guest_nights,
        party_nights = guest_reg_report_guest_nights.party_nights - m.party_nights
    FROM guest_reg_guest_months AS m
    WHERE m.guest_id = OLD.id AND guest_reg_report_guest_nights.month = m.month
        AND guest_reg_report_guest_nights.country = m.country;
    DELETE FROM guest_reg_report_guest_nights
    WHERE month BETWEEN date(OLD.arrival_date, 'start of month') AND OLD.departure_date
        AND country = OLD.address_country AND guests = 0 AND guest_nights = 0;
END;

CREATE TRIGGER guest_reg_guests_report_update
AFTER UPDATE OF address_country, arrival_date, departure_date, is_lead ON guest_reg_guests
BEGIN
    INSERT INTO guest_reg_report_guest_nights
    SELECT month, country, guests, parties, guest_nights, party_nights
    FROM guest_reg_guest_months WHERE guest_id = NEW.id
    ON CONFLICT (month, country) DO UPDATE SET guests = guests + excluded.guests,
        parties = parties + excluded.parties, guest_nights = guest_nights + excluded.guest_nights,
        party_nights = party_nights + excluded.party_nights;
END;

CREATE TRIGGER guest_reg_guests_report_delete BEFORE DELETE ON guest_reg_guests
BEGIN
    UPDATE guest_reg_report_guest_nights SET guests = guest_reg_report_guest_nights.guests - m.guests,
        parties = guest_reg_report_guest_nights.parties - m.parties,
        guest_nights = guest_reg_report_guest_nights.guest_nights - m.guest_nights,
        party_nights = guest_reg_report_guest_nights.party_nights - m.party_nights
    FROM guest_reg_guest_months AS m
    WHERE m.guest_id = OLD.id AND guest_reg_report_guest_nights.month = m.month
        AND guest_reg_report_guest_nights.country = m.country;
    DELETE FROM guest_reg_report_guest_nights
    WHERE month BETWEEN date(OLD.arrival_date, 'start of month') AND OLD.departure_date
        AND country = OLD.address_country AND guests = 0 AND guest_nights = 0;
END;

CREATE TRIGGER guest_reg_guests_language AFTER INSERT ON guest_reg_guests
WHEN NEW.preferred_language IS NULL
BEGIN
    UPDATE guest_reg_guests SET preferred_language = coalesce(
        (SELECT language_code FROM guest_reg_country_languages WHERE country = NEW.address_country), 'en')
    WHERE id = NEW.id;
END;

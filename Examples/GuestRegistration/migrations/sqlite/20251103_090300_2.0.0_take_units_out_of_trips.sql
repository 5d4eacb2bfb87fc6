-- Migration: 2.0.0 - take_units_out_of_trips
-- Created: 2025-11-03T09:03:00
-- Up Migration

-- Contract: a trip names its unit, and no longer repeats what it is called. SQLite cannot take away a column that
-- triggers mention: the table is made anew, and with it what stands on it. What the unit is called now stands in
-- guest_reg_units, what it was called by a booking in listing_name: nothing is lost.
DROP VIEW guest_reg_trip_months;
-- apus: allow drop-table-loses-data it is worked out anew below
DROP TABLE guest_reg_report_occupancy;

CREATE TABLE guest_reg_trips_new (
    id              INTEGER NOT NULL PRIMARY KEY,
    host_id         INTEGER NOT NULL,
    reference       TEXT NOT NULL,              -- the booking reference
    channel         TEXT NOT NULL DEFAULT 'direct',
    status          TEXT NOT NULL DEFAULT 'booked',
    purpose         TEXT NOT NULL DEFAULT 'holiday',
    booker_name     TEXT NOT NULL,
    booker_email    TEXT,
    booker_phone    TEXT,
    arrival_date    DATE NOT NULL CHECK (date(arrival_date) IS arrival_date),
    departure_date  DATE NOT NULL CHECK (date(departure_date) IS departure_date),
    adults          INTEGER NOT NULL DEFAULT 1 CHECK (typeof(adults) = 'integer'),
    children        INTEGER NOT NULL DEFAULT 0 CHECK (typeof(children) = 'integer'),
    price_amount    NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(price_amount) IN ('integer', 'real')),
    price_currency  TEXT NOT NULL DEFAULT 'EUR',
    checked_in_at   TIMESTAMP CHECK (datetime(checked_in_at) IS substr(checked_in_at, 1, 19)),
    checked_out_at  TIMESTAMP CHECK (datetime(checked_out_at) IS substr(checked_out_at, 1, 19)),
    cancelled_at    TIMESTAMP CHECK (datetime(cancelled_at) IS substr(cancelled_at, 1, 19)),
    notes           TEXT,
    created_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    unit_id         INTEGER NOT NULL
        CONSTRAINT guest_reg_trips_unit_id_fkey REFERENCES guest_reg_units (id) ON DELETE RESTRICT,
    -- what the unit was called when it was booked, where it is not what it is called now
    listing_name    TEXT,

    CONSTRAINT guest_reg_trips_reference_key UNIQUE (reference),
    CONSTRAINT guest_reg_trips_host_id_fkey FOREIGN KEY (host_id)
        REFERENCES guest_reg_users (id) ON DELETE RESTRICT,
    CONSTRAINT guest_reg_trips_channel_check CHECK (channel IN ('direct', 'website', 'platform', 'agency')),
    CONSTRAINT guest_reg_trips_status_check CHECK (
        status IN ('enquiry', 'booked', 'checked_in', 'checked_out', 'cancelled', 'no_show')),
    CONSTRAINT guest_reg_trips_purpose_check CHECK (
        purpose IN ('holiday', 'business', 'family', 'health', 'study', 'other')),
    CONSTRAINT guest_reg_trips_dates_check CHECK (departure_date > arrival_date),
    CONSTRAINT guest_reg_trips_party_check CHECK (adults >= 1 AND children >= 0),
    CONSTRAINT guest_reg_trips_price_check CHECK (price_amount >= 0),
    CONSTRAINT guest_reg_trips_currency_check CHECK (price_currency GLOB '[A-Z][A-Z][A-Z]'),
    CONSTRAINT guest_reg_trips_check_in_check CHECK (
        status NOT IN ('checked_in', 'checked_out') OR checked_in_at IS NOT NULL),
    CONSTRAINT guest_reg_trips_check_out_check CHECK (status <> 'checked_out' OR checked_out_at IS NOT NULL),
    CONSTRAINT guest_reg_trips_cancelled_check CHECK (status <> 'cancelled' OR cancelled_at IS NOT NULL)
);

INSERT INTO guest_reg_trips_new (id, host_id, reference, channel, status, purpose, booker_name,
    booker_email, booker_phone, arrival_date, departure_date, adults, children, price_amount, price_currency,
    checked_in_at, checked_out_at, cancelled_at, notes, created_at, updated_at, unit_id, listing_name)
SELECT t.id, t.host_id, t.reference, t.channel, t.status, t.purpose, t.booker_name, t.booker_email, t.booker_phone,
    t.arrival_date, t.departure_date, t.adults, t.children, t.price_amount, t.price_currency,
    t.checked_in_at, t.checked_out_at, t.cancelled_at, t.notes, t.created_at, t.updated_at, t.unit_id,
    t.listing_name
FROM guest_reg_trips AS t;

-- The number of a unit stands with the unit from here on: this index goes with its column.
DROP INDEX guest_reg_trips_unit_arrival_idx;
-- apus: allow drop-column-loses-data both stand in guest_reg_units, and another name in listing_name: nothing is lost
DROP TABLE guest_reg_trips;
ALTER TABLE guest_reg_trips_new RENAME TO guest_reg_trips;

CREATE INDEX guest_reg_trips_host_arrival_idx ON guest_reg_trips (host_id, arrival_date);
CREATE INDEX guest_reg_trips_arrivals_idx ON guest_reg_trips (arrival_date)
    WHERE status IN ('booked', 'checked_in');
CREATE INDEX guest_reg_trips_departures_idx ON guest_reg_trips (departure_date)
    WHERE status IN ('booked', 'checked_in');
CREATE INDEX guest_reg_trips_booker_email_idx ON guest_reg_trips (booker_email)
    WHERE booker_email IS NOT NULL;
CREATE INDEX guest_reg_trips_unit_id_arrival_idx ON guest_reg_trips (unit_id, arrival_date);

CREATE VIEW guest_reg_trip_months AS
SELECT t.id AS trip_id, t.unit_id,
    date(t.arrival_date, 'start of month', '+' || m.key || ' months') AS month, m.key = 0 AS stays,
    CAST(julianday(min(t.departure_date, date(t.arrival_date, 'start of month', '+' || (m.key + 1) || ' months')))
        - julianday(max(t.arrival_date, date(t.arrival_date, 'start of month', '+' || m.key || ' months')))
        AS INTEGER) AS nights
FROM guest_reg_trips AS t
JOIN json_each('[0' || replace(hex(zeroblob(
    (strftime('%Y', t.departure_date, '-1 day') - strftime('%Y', t.arrival_date)) * 12
    + strftime('%m', t.departure_date, '-1 day') - strftime('%m', t.arrival_date))),
    '00', ',0') || ']') AS m
WHERE t.status IN ('booked', 'checked_in', 'checked_out');

CREATE TABLE guest_reg_report_occupancy (
    month       DATE NOT NULL CHECK (date(month, 'start of month') IS month),
    unit_id     INTEGER NOT NULL,
    stays       INTEGER NOT NULL,
    nights      INTEGER NOT NULL,

    CONSTRAINT guest_reg_report_occupancy_pkey PRIMARY KEY (month, unit_id),
    CONSTRAINT guest_reg_report_occupancy_counts_check CHECK (stays >= 0 AND nights >= 0)
);

INSERT INTO guest_reg_report_occupancy
SELECT month, unit_id, sum(stays), sum(nights) FROM guest_reg_trip_months GROUP BY month, unit_id;

CREATE TRIGGER guest_reg_trips_report_insert AFTER INSERT ON guest_reg_trips
BEGIN
    INSERT INTO guest_reg_report_occupancy
    SELECT month, unit_id, stays, nights FROM guest_reg_trip_months WHERE trip_id = NEW.id
    ON CONFLICT (month, unit_id) DO UPDATE SET stays = stays + excluded.stays, nights = nights + excluded.nights;
END;

CREATE TRIGGER guest_reg_trips_report_before_update
BEFORE UPDATE OF unit_id, status, arrival_date, departure_date ON guest_reg_trips
BEGIN
    UPDATE guest_reg_report_occupancy SET stays = guest_reg_report_occupancy.stays - m.stays,
        nights = guest_reg_report_occupancy.nights - m.nights
    FROM guest_reg_trip_months AS m
    WHERE m.trip_id = OLD.id AND guest_reg_report_occupancy.month = m.month
        AND guest_reg_report_occupancy.unit_id = m.unit_id;
    DELETE FROM guest_reg_report_occupancy
    WHERE month BETWEEN date(OLD.arrival_date, 'start of month') AND OLD.departure_date
        AND unit_id = OLD.unit_id AND stays = 0 AND nights = 0;
END;

CREATE TRIGGER guest_reg_trips_report_update
AFTER UPDATE OF unit_id, status, arrival_date, departure_date ON guest_reg_trips
BEGIN
    INSERT INTO guest_reg_report_occupancy
    SELECT month, unit_id, stays, nights FROM guest_reg_trip_months WHERE trip_id = NEW.id
    ON CONFLICT (month, unit_id) DO UPDATE SET stays = stays + excluded.stays, nights = nights + excluded.nights;
END;

CREATE TRIGGER guest_reg_trips_report_delete BEFORE DELETE ON guest_reg_trips
BEGIN
    UPDATE guest_reg_report_occupancy SET stays = guest_reg_report_occupancy.stays - m.stays,
        nights = guest_reg_report_occupancy.nights - m.nights
    FROM guest_reg_trip_months AS m
    WHERE m.trip_id = OLD.id AND guest_reg_report_occupancy.month = m.month
        AND guest_reg_report_occupancy.unit_id = m.unit_id;
    DELETE FROM guest_reg_report_occupancy
    WHERE month BETWEEN date(OLD.arrival_date, 'start of month') AND OLD.departure_date
        AND unit_id = OLD.unit_id AND stays = 0 AND nights = 0;
END;

-- Down Migration (Rollback)

DROP VIEW guest_reg_trip_months;
DROP TABLE guest_reg_report_occupancy;

CREATE TABLE guest_reg_trips_new (
    id              INTEGER NOT NULL PRIMARY KEY,
    host_id         INTEGER NOT NULL,
    reference       TEXT NOT NULL,              -- the booking reference
    unit_name       TEXT NOT NULL,
    unit_number     TEXT NOT NULL,              -- the unit's number in the official register of accommodation
    channel         TEXT NOT NULL DEFAULT 'direct',
    status          TEXT NOT NULL DEFAULT 'booked',
    purpose         TEXT NOT NULL DEFAULT 'holiday',
    booker_name     TEXT NOT NULL,
    booker_email    TEXT,
    booker_phone    TEXT,
    arrival_date    DATE NOT NULL CHECK (date(arrival_date) IS arrival_date),
    departure_date  DATE NOT NULL CHECK (date(departure_date) IS departure_date),
    adults          INTEGER NOT NULL DEFAULT 1 CHECK (typeof(adults) = 'integer'),
    children        INTEGER NOT NULL DEFAULT 0 CHECK (typeof(children) = 'integer'),
    price_amount    NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(price_amount) IN ('integer', 'real')),
    price_currency  TEXT NOT NULL DEFAULT 'EUR',
    checked_in_at   TIMESTAMP CHECK (datetime(checked_in_at) IS substr(checked_in_at, 1, 19)),
    checked_out_at  TIMESTAMP CHECK (datetime(checked_out_at) IS substr(checked_out_at, 1, 19)),
    cancelled_at    TIMESTAMP CHECK (datetime(cancelled_at) IS substr(cancelled_at, 1, 19)),
    notes           TEXT,
    created_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    unit_id         INTEGER
        CONSTRAINT guest_reg_trips_unit_id_fkey REFERENCES guest_reg_units (id) ON DELETE RESTRICT,
    listing_name    TEXT,

    CONSTRAINT guest_reg_trips_reference_key UNIQUE (reference),
    CONSTRAINT guest_reg_trips_host_id_fkey FOREIGN KEY (host_id)
        REFERENCES guest_reg_users (id) ON DELETE RESTRICT,
    CONSTRAINT guest_reg_trips_channel_check CHECK (channel IN ('direct', 'website', 'platform', 'agency')),
    CONSTRAINT guest_reg_trips_status_check CHECK (
        status IN ('enquiry', 'booked', 'checked_in', 'checked_out', 'cancelled', 'no_show')),
    CONSTRAINT guest_reg_trips_purpose_check CHECK (
        purpose IN ('holiday', 'business', 'family', 'health', 'study', 'other')),
    CONSTRAINT guest_reg_trips_dates_check CHECK (departure_date > arrival_date),
    CONSTRAINT guest_reg_trips_party_check CHECK (adults >= 1 AND children >= 0),
    CONSTRAINT guest_reg_trips_price_check CHECK (price_amount >= 0),
    CONSTRAINT guest_reg_trips_currency_check CHECK (price_currency GLOB '[A-Z][A-Z][A-Z]'),
    CONSTRAINT guest_reg_trips_check_in_check CHECK (
        status NOT IN ('checked_in', 'checked_out') OR checked_in_at IS NOT NULL),
    CONSTRAINT guest_reg_trips_check_out_check CHECK (status <> 'checked_out' OR checked_out_at IS NOT NULL),
    CONSTRAINT guest_reg_trips_cancelled_check CHECK (status <> 'cancelled' OR cancelled_at IS NOT NULL)
);

INSERT INTO guest_reg_trips_new (id, host_id, reference, unit_name, unit_number, channel, status, purpose, booker_name,
    booker_email, booker_phone, arrival_date, departure_date, adults, children, price_amount, price_currency,
    checked_in_at, checked_out_at, cancelled_at, notes, created_at, updated_at, unit_id, listing_name)
SELECT t.id, t.host_id, t.reference, coalesce(t.listing_name, u.unit_name), u.unit_number, t.channel, t.status,
    t.purpose, t.booker_name, t.booker_email, t.booker_phone, t.arrival_date, t.departure_date, t.adults,
    t.children, t.price_amount, t.price_currency, t.checked_in_at, t.checked_out_at, t.cancelled_at, t.notes,
    t.created_at, t.updated_at, t.unit_id, t.listing_name
FROM guest_reg_trips AS t JOIN guest_reg_units AS u ON u.id = t.unit_id;

DROP TABLE guest_reg_trips;
ALTER TABLE guest_reg_trips_new RENAME TO guest_reg_trips;

CREATE INDEX guest_reg_trips_host_arrival_idx ON guest_reg_trips (host_id, arrival_date);
CREATE INDEX guest_reg_trips_arrivals_idx ON guest_reg_trips (arrival_date)
    WHERE status IN ('booked', 'checked_in');
CREATE INDEX guest_reg_trips_departures_idx ON guest_reg_trips (departure_date)
    WHERE status IN ('booked', 'checked_in');
CREATE INDEX guest_reg_trips_unit_arrival_idx ON guest_reg_trips (unit_number, arrival_date);
CREATE INDEX guest_reg_trips_booker_email_idx ON guest_reg_trips (booker_email)
    WHERE booker_email IS NOT NULL;
CREATE INDEX guest_reg_trips_unit_id_arrival_idx ON guest_reg_trips (unit_id, arrival_date);

CREATE VIEW guest_reg_trip_months AS
SELECT t.id AS trip_id, t.unit_number,
    date(t.arrival_date, 'start of month', '+' || m.key || ' months') AS month, m.key = 0 AS stays,
    CAST(julianday(min(t.departure_date, date(t.arrival_date, 'start of month', '+' || (m.key + 1) || ' months')))
        - julianday(max(t.arrival_date, date(t.arrival_date, 'start of month', '+' || m.key || ' months')))
        AS INTEGER) AS nights
FROM guest_reg_trips AS t
JOIN json_each('[0' || replace(hex(zeroblob(
    (strftime('%Y', t.departure_date, '-1 day') - strftime('%Y', t.arrival_date)) * 12
    + strftime('%m', t.departure_date, '-1 day') - strftime('%m', t.arrival_date))),
    '00', ',0') || ']') AS m
WHERE t.status IN ('booked', 'checked_in', 'checked_out');

CREATE TABLE guest_reg_report_occupancy (
    month       DATE NOT NULL CHECK (date(month, 'start of month') IS month),
    unit_number TEXT NOT NULL,
    stays       INTEGER NOT NULL,
    nights      INTEGER NOT NULL,

    CONSTRAINT guest_reg_report_occupancy_pkey PRIMARY KEY (month, unit_number),
    CONSTRAINT guest_reg_report_occupancy_counts_check CHECK (stays >= 0 AND nights >= 0)
);

INSERT INTO guest_reg_report_occupancy
SELECT month, unit_number, sum(stays), sum(nights) FROM guest_reg_trip_months GROUP BY month, unit_number;

CREATE TRIGGER guest_reg_trips_report_insert AFTER INSERT ON guest_reg_trips
BEGIN
    INSERT INTO guest_reg_report_occupancy
    SELECT month, unit_number, stays, nights FROM guest_reg_trip_months WHERE trip_id = NEW.id
    ON CONFLICT (month, unit_number) DO UPDATE SET stays = stays + excluded.stays, nights = nights + excluded.nights;
END;

CREATE TRIGGER guest_reg_trips_report_before_update
BEFORE UPDATE OF unit_number, status, arrival_date, departure_date ON guest_reg_trips
BEGIN
    UPDATE guest_reg_report_occupancy SET stays = guest_reg_report_occupancy.stays - m.stays,
        nights = guest_reg_report_occupancy.nights - m.nights
    FROM guest_reg_trip_months AS m
    WHERE m.trip_id = OLD.id AND guest_reg_report_occupancy.month = m.month
        AND guest_reg_report_occupancy.unit_number = m.unit_number;
    DELETE FROM guest_reg_report_occupancy
    WHERE month BETWEEN date(OLD.arrival_date, 'start of month') AND OLD.departure_date
        AND unit_number = OLD.unit_number AND stays = 0 AND nights = 0;
END;

CREATE TRIGGER guest_reg_trips_report_update
AFTER UPDATE OF unit_number, status, arrival_date, departure_date ON guest_reg_trips
BEGIN
    INSERT INTO guest_reg_report_occupancy
    SELECT month, unit_number, stays, nights FROM guest_reg_trip_months WHERE trip_id = NEW.id
    ON CONFLICT (month, unit_number) DO UPDATE SET stays = stays + excluded.stays, nights = nights + excluded.nights;
END;

CREATE TRIGGER guest_reg_trips_report_delete BEFORE DELETE ON guest_reg_trips
BEGIN
    UPDATE guest_reg_report_occupancy SET stays = guest_reg_report_occupancy.stays - m.stays,
        nights = guest_reg_report_occupancy.nights - m.nights
    FROM guest_reg_trip_months AS m
    WHERE m.trip_id = OLD.id AND guest_reg_report_occupancy.month = m.month
        AND guest_reg_report_occupancy.unit_number = m.unit_number;
    DELETE FROM guest_reg_report_occupancy
    WHERE month BETWEEN date(OLD.arrival_date, 'start of month') AND OLD.departure_date
        AND unit_number = OLD.unit_number AND stays = 0 AND nights = 0;
END;

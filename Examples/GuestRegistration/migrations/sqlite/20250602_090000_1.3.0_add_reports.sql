-- Migration: 1.3.0 - add_reports
-- Created: 2025-06-02T09:00:00
-- Up Migration

-- What the reports say is the same as in migrations/postgres: change both together. Here they are tables that
-- triggers keep, right after each change; there they are materialised views.
--
-- A stay counts in each month that it touches, with the nights that it has there: the night to the first of
-- a month belongs to the month before. The two views say it once, for the triggers and for the first filling.

-- A row for each guest and month. json_each counts the months: 0 is the one of the arrival.
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

-- The same for each trip that takes place.
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

-- By month and country of residence: who arrived, and how many nights they stayed. A party is counted by the
-- guest who signs for it: its nights are those in which a unit was occupied by guests of that country.
CREATE TABLE guest_reg_report_guest_nights (
    month        DATE NOT NULL CHECK (date(month, 'start of month') IS month),
    country      TEXT NOT NULL,
    guests       INTEGER NOT NULL,
    parties      INTEGER NOT NULL,
    guest_nights INTEGER NOT NULL,
    party_nights INTEGER NOT NULL,

    CONSTRAINT guest_reg_report_guest_nights_pkey PRIMARY KEY (month, country),
    CONSTRAINT guest_reg_report_guest_nights_counts_check CHECK (
        guests >= 0 AND parties >= 0 AND guest_nights >= 0 AND party_nights >= 0)
);

INSERT INTO guest_reg_report_guest_nights
SELECT month, country, sum(guests), sum(parties), sum(guest_nights), sum(party_nights)
FROM guest_reg_guest_months GROUP BY month, country;

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

-- By month and unit: the stays that began, and the nights in which it was occupied.
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

-- By month of issue, country of who is billed, and currency: invoices that count. Amounts are rounded each
-- time, so that fractions of a cent do not add up.
CREATE TABLE guest_reg_report_revenue (
    month              DATE NOT NULL CHECK (date(month, 'start of month') IS month),
    country            TEXT NOT NULL,
    currency           TEXT NOT NULL,
    invoices           INTEGER NOT NULL,
    net_amount         NUMERIC(14,2) NOT NULL,
    vat_amount         NUMERIC(14,2) NOT NULL,
    tourist_tax_amount NUMERIC(14,2) NOT NULL,
    total_amount       NUMERIC(14,2) NOT NULL,

    CONSTRAINT guest_reg_report_revenue_pkey PRIMARY KEY (month, country, currency),
    CONSTRAINT guest_reg_report_revenue_invoices_check CHECK (invoices >= 0)
);

INSERT INTO guest_reg_report_revenue
SELECT date(issue_date, 'start of month'), billed_country, currency, count(*), round(sum(net_amount), 2),
    round(sum(vat_amount), 2), round(sum(tourist_tax_amount), 2), round(sum(total_amount), 2)
FROM guest_reg_invoices WHERE status IN ('issued', 'paid')
GROUP BY date(issue_date, 'start of month'), billed_country, currency;

CREATE TRIGGER guest_reg_invoices_report_insert AFTER INSERT ON guest_reg_invoices
WHEN NEW.status IN ('issued', 'paid')
BEGIN
    INSERT INTO guest_reg_report_revenue
    VALUES (date(NEW.issue_date, 'start of month'), NEW.billed_country, NEW.currency, 1, NEW.net_amount,
        NEW.vat_amount, NEW.tourist_tax_amount, NEW.total_amount)
    ON CONFLICT (month, country, currency) DO UPDATE SET invoices = invoices + 1,
        net_amount = round(net_amount + excluded.net_amount, 2),
        vat_amount = round(vat_amount + excluded.vat_amount, 2),
        tourist_tax_amount = round(tourist_tax_amount + excluded.tourist_tax_amount, 2),
        total_amount = round(total_amount + excluded.total_amount, 2);
END;

CREATE TRIGGER guest_reg_invoices_report_before_update
BEFORE UPDATE OF status, issue_date, billed_country, currency, net_amount, vat_amount, tourist_tax_amount, total_amount
ON guest_reg_invoices WHEN OLD.status IN ('issued', 'paid')
BEGIN
    UPDATE guest_reg_report_revenue SET invoices = invoices - 1,
        net_amount = round(net_amount - OLD.net_amount, 2), vat_amount = round(vat_amount - OLD.vat_amount, 2),
        tourist_tax_amount = round(tourist_tax_amount - OLD.tourist_tax_amount, 2),
        total_amount = round(total_amount - OLD.total_amount, 2)
    WHERE month = date(OLD.issue_date, 'start of month') AND country = OLD.billed_country AND currency = OLD.currency;
    DELETE FROM guest_reg_report_revenue
    WHERE month = date(OLD.issue_date, 'start of month') AND country = OLD.billed_country AND currency = OLD.currency
        AND invoices = 0;
END;

CREATE TRIGGER guest_reg_invoices_report_update
AFTER UPDATE OF status, issue_date, billed_country, currency, net_amount, vat_amount, tourist_tax_amount, total_amount
ON guest_reg_invoices WHEN NEW.status IN ('issued', 'paid')
BEGIN
    INSERT INTO guest_reg_report_revenue
    VALUES (date(NEW.issue_date, 'start of month'), NEW.billed_country, NEW.currency, 1, NEW.net_amount,
        NEW.vat_amount, NEW.tourist_tax_amount, NEW.total_amount)
    ON CONFLICT (month, country, currency) DO UPDATE SET invoices = invoices + 1,
        net_amount = round(net_amount + excluded.net_amount, 2),
        vat_amount = round(vat_amount + excluded.vat_amount, 2),
        tourist_tax_amount = round(tourist_tax_amount + excluded.tourist_tax_amount, 2),
        total_amount = round(total_amount + excluded.total_amount, 2);
END;

CREATE TRIGGER guest_reg_invoices_report_delete BEFORE DELETE ON guest_reg_invoices
WHEN OLD.status IN ('issued', 'paid')
BEGIN
    UPDATE guest_reg_report_revenue SET invoices = invoices - 1,
        net_amount = round(net_amount - OLD.net_amount, 2), vat_amount = round(vat_amount - OLD.vat_amount, 2),
        tourist_tax_amount = round(tourist_tax_amount - OLD.tourist_tax_amount, 2),
        total_amount = round(total_amount - OLD.total_amount, 2)
    WHERE month = date(OLD.issue_date, 'start of month') AND country = OLD.billed_country AND currency = OLD.currency;
    DELETE FROM guest_reg_report_revenue
    WHERE month = date(OLD.issue_date, 'start of month') AND country = OLD.billed_country AND currency = OLD.currency
        AND invoices = 0;
END;

-- Down Migration (Rollback)

DROP TRIGGER guest_reg_invoices_report_delete;
DROP TRIGGER guest_reg_invoices_report_update;
DROP TRIGGER guest_reg_invoices_report_before_update;
DROP TRIGGER guest_reg_invoices_report_insert;
DROP TABLE guest_reg_report_revenue;
DROP TRIGGER guest_reg_trips_report_delete;
DROP TRIGGER guest_reg_trips_report_update;
DROP TRIGGER guest_reg_trips_report_before_update;
DROP TRIGGER guest_reg_trips_report_insert;
DROP TABLE guest_reg_report_occupancy;
DROP TRIGGER guest_reg_guests_report_delete;
DROP TRIGGER guest_reg_guests_report_update;
DROP TRIGGER guest_reg_guests_report_before_update;
DROP TRIGGER guest_reg_guests_report_insert;
DROP TABLE guest_reg_report_guest_nights;
DROP VIEW guest_reg_trip_months;
DROP VIEW guest_reg_guest_months;

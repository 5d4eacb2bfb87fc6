-- The same assertions as in tests/postgres: change both together.

-- A stay over the turn of two years, and one that ends on the first of a month.
-- Fixture
INSERT INTO guest_reg_guests
    (id, registration_id, is_lead, given_names, family_name, sex, birth_date, birth_place, birth_country, nationality,
     document_type, document_number, document_country, address_street, address_city, address_country, arrival_date, departure_date)
VALUES
    (900021, 900002, FALSE, 'Jana', 'Gruber', 'F', '1992-05-20', 'Linz', 'AT', 'AT',
     'passport', 'U0000021', 'AT', 'Hauptplatz 2', 'Linz', 'AT', '2024-12-30', '2025-02-01');

INSERT INTO guest_reg_invoices
    (id, trip_id, issuer_id, invoice_number, status, issue_date, due_date, billed_name, billed_country, net_amount, vat_rate,
     vat_amount, tourist_tax_amount, total_amount)
VALUES
    (900001, 900001, 900001, 'I-REHEARSAL-1', 'issued', '2025-01-17', '2025-01-31', 'Maja Kovač', 'SI', 420.10, 9.5, 39.91, 18.00, 478.01),
    (900002, 900001, 900001, NULL, 'draft', NULL, NULL, 'Maja Kovač', 'SI', 99.00, 0, 0, 0, 99.00);

-- Assert guest nights by month and country are those of the guests, night by night
WITH RECURSIVE stays (country, night, departure, guests) AS (
    SELECT address_country, arrival_date, departure_date, count(*) FROM guest_reg_guests
    WHERE arrival_date < departure_date GROUP BY address_country, arrival_date, departure_date
    UNION ALL
    SELECT country, date(night, '+1 day'), departure, guests FROM stays WHERE date(night, '+1 day') < departure
), counted AS (
    SELECT date(night, 'start of month') AS month, country, sum(guests) AS guest_nights FROM stays
    GROUP BY date(night, 'start of month'), country
), report AS (
    SELECT month, country, guest_nights FROM guest_reg_report_guest_nights WHERE guest_nights > 0
)
SELECT * FROM (SELECT * FROM report EXCEPT SELECT * FROM counted)
UNION ALL
SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM report);

-- Assert every arrival is counted once
SELECT r.guests, r.parties FROM (SELECT coalesce(sum(guests), 0) AS guests, coalesce(sum(parties), 0) AS parties
    FROM guest_reg_report_guest_nights) AS r
WHERE r.guests <> (SELECT count(*) FROM guest_reg_guests)
    OR r.parties <> (SELECT count(*) FROM guest_reg_guests WHERE is_lead);

-- Assert a stay from 30 December to 1 February has nights in December and January
SELECT wanted.month FROM (SELECT '2024-12-01' AS month, 2 AS nights UNION ALL SELECT '2025-01-01', 31) AS wanted
WHERE NOT EXISTS (SELECT 1 FROM guest_reg_report_guest_nights AS r
    WHERE r.country = 'AT' AND r.month = wanted.month AND r.guest_nights >= wanted.nights);

-- Assert the nights of a unit are those of its trips
SELECT r.nights, r.stays FROM (SELECT coalesce(sum(nights), 0) AS nights, coalesce(sum(stays), 0) AS stays
    FROM guest_reg_report_occupancy) AS r
WHERE r.nights <> (SELECT coalesce(sum(CAST(julianday(departure_date) - julianday(arrival_date) AS INTEGER)), 0) FROM guest_reg_trips
        WHERE status IN ('booked', 'checked_in', 'checked_out'))
    OR r.stays <> (SELECT count(*) FROM guest_reg_trips WHERE status IN ('booked', 'checked_in', 'checked_out'));

-- Assert the revenue is that of the invoices that count
SELECT country, currency, total FROM (
    SELECT country, currency, round(sum(total_amount), 2) AS total, sum(invoices) AS invoices
    FROM guest_reg_report_revenue GROUP BY country, currency
    EXCEPT
    SELECT billed_country, currency, round(sum(total_amount), 2), count(*)
    FROM guest_reg_invoices WHERE status IN ('issued', 'paid') GROUP BY billed_country, currency) AS other;

-- Assert no revenue is missing
SELECT billed_country, currency FROM guest_reg_invoices WHERE status IN ('issued', 'paid')
EXCEPT SELECT country, currency FROM guest_reg_report_revenue;

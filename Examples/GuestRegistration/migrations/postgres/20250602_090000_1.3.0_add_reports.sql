-- Migration: 1.3.0 - add_reports
-- Created: 2025-06-02T09:00:00
-- Up Migration

-- What the reports say is the same as in migrations/sqlite: change both together. Here they are materialised
-- views, as of when they were refreshed last, which the application does every night:
--     REFRESH MATERIALIZED VIEW CONCURRENTLY guest_reg_report_guest_nights;
-- There they are tables that triggers keep.
--
-- A stay counts in each month that it touches, with the nights that it has there: the night to the first of
-- a month belongs to the month before.

-- By month and country of residence: who arrived, and how many nights they stayed. A party is counted by the
-- guest who signs for it: its nights are those in which a unit was occupied by guests of that country.
CREATE MATERIALIZED VIEW guest_reg_report_guest_nights AS
SELECT m.month::date AS month, g.address_country AS country,
    count(*) FILTER (WHERE m.month::date <= g.arrival_date) AS guests,
    count(*) FILTER (WHERE m.month::date <= g.arrival_date AND g.is_lead) AS parties,
    sum(n.nights)::bigint AS guest_nights,
    coalesce(sum(n.nights) FILTER (WHERE g.is_lead), 0)::bigint AS party_nights
FROM guest_reg_guests AS g
CROSS JOIN LATERAL generate_series(
    date_trunc('month', g.arrival_date::timestamp),
    greatest(g.departure_date - 1, g.arrival_date)::timestamp, interval '1 month') AS m (month)
CROSS JOIN LATERAL (
    SELECT least(g.departure_date, (m.month + interval '1 month')::date) - greatest(g.arrival_date, m.month::date)
) AS n (nights)
GROUP BY 1, 2;

CREATE UNIQUE INDEX guest_reg_report_guest_nights_key ON guest_reg_report_guest_nights (month, country);

-- By month and unit: the stays that began, and the nights in which it was occupied.
CREATE MATERIALIZED VIEW guest_reg_report_occupancy AS
SELECT m.month::date AS month, t.unit_number,
    count(*) FILTER (WHERE m.month::date <= t.arrival_date) AS stays,
    sum(n.nights)::bigint AS nights
FROM guest_reg_trips AS t
CROSS JOIN LATERAL generate_series(
    date_trunc('month', t.arrival_date::timestamp), (t.departure_date - 1)::timestamp, interval '1 month') AS m (month)
CROSS JOIN LATERAL (
    SELECT least(t.departure_date, (m.month + interval '1 month')::date) - greatest(t.arrival_date, m.month::date)
) AS n (nights)
WHERE t.status IN ('booked', 'checked_in', 'checked_out')
GROUP BY 1, 2;

CREATE UNIQUE INDEX guest_reg_report_occupancy_key ON guest_reg_report_occupancy (month, unit_number);

-- By month of issue, country of who is billed, and currency: invoices that count.
CREATE MATERIALIZED VIEW guest_reg_report_revenue AS
SELECT date_trunc('month', i.issue_date::timestamp)::date AS month, i.billed_country AS country, i.currency,
    count(*) AS invoices,
    sum(i.net_amount)::numeric(14,2) AS net_amount,
    sum(i.vat_amount)::numeric(14,2) AS vat_amount,
    sum(i.tourist_tax_amount)::numeric(14,2) AS tourist_tax_amount,
    sum(i.total_amount)::numeric(14,2) AS total_amount
FROM guest_reg_invoices AS i
WHERE i.status IN ('issued', 'paid')
GROUP BY 1, 2, 3;

CREATE UNIQUE INDEX guest_reg_report_revenue_key ON guest_reg_report_revenue (month, country, currency);

-- Down Migration (Rollback)

DROP MATERIALIZED VIEW guest_reg_report_revenue;
DROP MATERIALIZED VIEW guest_reg_report_occupancy;
DROP MATERIALIZED VIEW guest_reg_report_guest_nights;

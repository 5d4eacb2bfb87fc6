-- Sample data for development: invented people, documents and bookings. The same rows are in seed/sqlite.sql.
-- Works on 1.0.0 and on 1.1.0. May run again: rows that exist are left as they are.

BEGIN;

-- The times below are UTC.
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_encoding = 'UTF8';

INSERT INTO guest_reg_users
    (id, email, full_name, role, phone, business_name, tax_number, host_number, is_active, last_sign_in_at, created_at, updated_at)
VALUES
    (1, 'mateja.zupan@example.com', 'Mateja Zupan', 'host', '+386 40 555 101', 'Apartmaji Zupan', 'SI55501013', 'SI-104512', TRUE, '2025-01-14 18:22:09', '2024-11-04 09:12:40', '2025-01-14 18:22:09'),
    (2, 'joan.ferrer@example.com', 'Joan Ferrer Mas', 'host', '+34 600 555 102', 'Ferrer Rentals', 'ES55501021X', 'ES-0000077', TRUE, '2025-01-15 07:40:51', '2024-11-05 15:30:00', '2025-01-15 07:40:51'),
    (3, 'ana.novak@example.com', 'Ana Novak', 'administrator', '+386 40 555 103', NULL, NULL, NULL, TRUE, '2025-01-15 08:05:33', '2024-11-04 08:55:17', '2025-01-15 08:05:33'),
    (4, 'luka.kralj@example.com', 'Luka Kralj', 'reception', '+386 40 555 104', NULL, NULL, NULL, TRUE, '2025-01-12 06:58:14', '2024-11-18 10:00:00', '2025-01-12 06:58:14'),
    (5, 'petra.hribar@example.com', 'Petra Hribar', 'housekeeper', '+386 40 555 105', NULL, NULL, NULL, TRUE, '2025-01-12 09:31:47', '2024-11-18 10:05:00', '2025-01-12 09:31:47'),
    (6, 'carmen.vidal@example.com', 'Carmen Vidal Roca', 'housekeeper', '+34 600 555 106', NULL, NULL, NULL, TRUE, NULL, '2024-12-02 11:45:00', '2024-12-02 11:45:00')
ON CONFLICT DO NOTHING;

INSERT INTO guest_reg_trips
    (id, host_id, reference, unit_name, unit_number, channel, status, purpose, booker_name, booker_email, booker_phone,
     arrival_date, departure_date, adults, children, price_amount, price_currency, checked_in_at, checked_out_at, cancelled_at, notes, created_at, updated_at)
VALUES
    (1, 1, 'BLED-2025-0001', 'Apartma Jezero', '104512-01', 'website', 'checked_out', 'holiday', 'Markus Schneider', 'm.schneider@example.org', '+49 30 555 0101',
     '2025-01-03', '2025-01-07', 2, 1, 525.60, 'EUR', '2025-01-03 15:10:00', '2025-01-07 09:35:00', NULL, 'Cot for the child is not needed.', '2024-11-21 19:03:11', '2025-01-07 09:35:00'),
    (2, 1, 'BLED-2025-0002', 'Apartma Triglav', '104512-02', 'direct', 'checked_out', 'holiday', 'Giulia Rossi', 'giulia.rossi@example.org', '+39 06 555 0102',
     '2025-01-10', '2025-01-12', 2, 0, 229.95, 'EUR', '2025-01-10 17:42:00', '2025-01-12 10:05:00', NULL, NULL, '2024-12-28 21:15:46', '2025-01-12 10:05:00'),
    (3, 2, 'SOLL-2025-0001', 'Casa Olivo', 'ETV-5550-1', 'platform', 'checked_in', 'family', 'Oliver Whitfield', 'o.whitfield@example.org', '+44 20 7946 0103',
     '2025-01-08', '2025-01-18', 3, 0, 1320.00, 'EUR', '2025-01-08 14:20:00', NULL, NULL, 'The third guest arrives on 12 January.', '2024-12-01 12:44:05', '2025-01-12 16:30:00'),
    (4, 2, 'SOLL-2025-0002', 'Casa Limonero', 'ETV-5550-2', 'direct', 'checked_in', 'business', 'Elena Martinez', 'elena.martinez@example.org', '+1 202 555 0104',
     '2025-01-14', '2025-01-17', 2, 0, 429.00, 'EUR', '2025-01-14 20:05:00', NULL, NULL, NULL, '2025-01-06 16:20:38', '2025-01-14 20:05:00'),
    (5, 1, 'BLED-2025-0003', 'Apartma Jezero', '104512-01', 'website', 'booked', 'holiday', 'Piotr Kowalski', 'p.kowalski@example.org', '+48 22 555 0105',
     '2025-02-15', '2025-02-22', 2, 2, 843.15, 'EUR', NULL, NULL, NULL, 'Late arrival, after 21:00.', '2025-01-09 08:27:54', '2025-01-09 08:27:54'),
    (6, 2, 'SOLL-2025-0003', 'Casa Olivo', 'ETV-5550-1', 'agency', 'cancelled', 'holiday', 'Harriet Lowe', 'harriet.lowe@example.org', '+44 20 7946 0106',
     '2025-04-12', '2025-04-19', 2, 0, 780.00, 'GBP', NULL, NULL, '2025-01-11 13:08:22', 'Cancelled by the guest; the deposit is kept.', '2024-12-19 17:50:29', '2025-01-11 13:08:22')
ON CONFLICT DO NOTHING;

INSERT INTO guest_reg_registrations
    (id, trip_id, registration_number, authority, authority_reference, status, due_at, submitted_at, answered_at, rejection_reason,
     created_by_id, submitted_by_id, retain_until, created_at, updated_at)
VALUES
    (1, 1, 'R-2025-0001', 'SI-ETURIZEM', 'ET-55500001', 'accepted', '2025-01-04 03:10:00', '2025-01-03 15:31:12', '2025-01-03 15:31:20', NULL,
     4, 4, '2026-01-31', '2025-01-03 15:12:00', '2025-01-03 15:31:20'),
    (2, 2, 'R-2025-0002', 'SI-ETURIZEM', 'ET-55500002', 'accepted', '2025-01-11 05:42:00', '2025-01-10 18:02:45', '2025-01-10 18:02:51', NULL,
     1, 4, '2026-01-31', '2025-01-10 17:45:00', '2025-01-10 18:02:51'),
    (3, 3, 'R-2025-0003', 'ES-HOSPEDAJES', 'SH-55500003', 'accepted', '2025-01-09 14:20:00', '2025-01-08 16:00:30', '2025-01-08 16:04:02', NULL,
     2, 2, '2028-01-31', '2025-01-08 14:30:00', '2025-01-08 16:04:02'),
    (4, 4, 'R-2025-0004', 'ES-HOSPEDAJES', NULL, 'rejected', '2025-01-15 20:05:00', '2025-01-14 21:10:00', '2025-01-14 21:16:38', 'The document of one guest has expired.',
     2, 2, '2028-01-31', '2025-01-14 20:10:00', '2025-01-14 21:16:38'),
    (5, 5, 'R-2025-0005', 'SI-ETURIZEM', NULL, 'draft', '2025-02-16 11:00:00', NULL, NULL, NULL,
     1, NULL, '2026-02-28', '2025-01-13 10:02:19', '2025-01-13 10:02:19'),
    (6, 3, 'R-2025-0006', 'ES-HOSPEDAJES', NULL, 'submitted', '2025-01-13 16:30:00', '2025-01-12 17:15:08', NULL, NULL,
     2, 2, '2028-01-31', '2025-01-12 16:40:00', '2025-01-12 17:15:08')
ON CONFLICT DO NOTHING;

INSERT INTO guest_reg_guests
    (id, registration_id, is_lead, given_names, family_name, second_family_name, sex, birth_date, birth_place, birth_country, nationality,
     document_type, document_number, document_country, document_valid_until, visa_number, entry_date, entry_place,
     address_street, address_postal_code, address_city, address_country, email, phone, accompanied_by_id, relationship,
     arrival_date, departure_date, tax_category, tax_exemption_reason, tax_per_night, tax_currency, signed_at, created_at, updated_at)
VALUES
    (1, 1, TRUE, 'Markus', 'Schneider', NULL, 'M', '1982-05-17', 'Leipzig', 'DE', 'DE',
     'identity_card', 'L01X00T47', 'DE', '2029-08-01', NULL, NULL, NULL,
     'Lindenstraße 14', '10969', 'Berlin', 'DE', 'm.schneider@example.org', '+49 30 555 0101', NULL, NULL,
     '2025-01-03', '2025-01-07', 'standard', NULL, 3.00, 'EUR', '2025-01-03 15:14:00', '2025-01-03 15:14:00', '2025-01-03 15:14:00'),
    (2, 1, FALSE, 'Julia', 'Schneider', NULL, 'F', '1984-11-02', 'Graz', 'AT', 'AT',
     'passport', 'U5550102', 'AT', '2031-02-14', NULL, NULL, NULL,
     'Lindenstraße 14', '10969', 'Berlin', 'DE', NULL, NULL, NULL, NULL,
     '2025-01-03', '2025-01-07', 'standard', NULL, 3.00, 'EUR', '2025-01-03 15:15:00', '2025-01-03 15:15:00', '2025-01-03 15:15:00'),
    (3, 1, FALSE, 'Emil', 'Schneider', NULL, 'M', '2019-03-28', 'Berlin', 'DE', 'DE',
     'passport', 'C5550103K', 'DE', '2028-06-30', NULL, NULL, NULL,
     'Lindenstraße 14', '10969', 'Berlin', 'DE', NULL, NULL, 1, 'child',
     '2025-01-03', '2025-01-07', 'exempt', 'Child under 7', 0.00, 'EUR', NULL, '2025-01-03 15:16:00', '2025-01-03 15:16:00'),
    (4, 2, TRUE, 'Giulia', 'Rossi', NULL, 'F', '1995-07-09', 'Bologna', 'IT', 'IT',
     'identity_card', 'CA55501AB', 'IT', '2030-07-09', NULL, NULL, NULL,
     'Via Garibaldi 8', '00153', 'Roma', 'IT', 'giulia.rossi@example.org', '+39 06 555 0102', NULL, NULL,
     '2025-01-10', '2025-01-12', 'standard', NULL, 3.00, 'EUR', '2025-01-10 17:48:00', '2025-01-10 17:48:00', '2025-01-10 17:48:00'),
    (5, 2, FALSE, 'Daan', 'Bakker', NULL, 'M', '1993-01-25', 'Utrecht', 'NL', 'NL',
     'passport', 'NX5550105', 'NL', '2032-10-11', NULL, NULL, NULL,
     'Oudegracht 210', '3511 NR', 'Utrecht', 'NL', NULL, NULL, NULL, NULL,
     '2025-01-10', '2025-01-12', 'standard', NULL, 3.00, 'EUR', '2025-01-10 17:49:00', '2025-01-10 17:49:00', '2025-01-10 17:49:00'),
    (6, 3, TRUE, 'Oliver James', 'Whitfield', NULL, 'M', '1978-09-30', 'Leeds', 'GB', 'GB',
     'passport', '555010607', 'GB', '2030-04-22', NULL, NULL, NULL,
     '27 Mill Lane', 'LS1 4AP', 'Leeds', 'GB', 'o.whitfield@example.org', '+44 20 7946 0103', NULL, NULL,
     '2025-01-08', '2025-01-18', 'standard', NULL, 1.00, 'EUR', '2025-01-08 14:33:00', '2025-01-08 14:33:00', '2025-01-08 14:33:00'),
    (7, 3, FALSE, 'Priya', 'Whitfield', NULL, 'F', '1980-12-12', 'Pune', 'IN', 'GB',
     'passport', '555010708', 'GB', '2027-11-05', NULL, NULL, NULL,
     '27 Mill Lane', 'LS1 4AP', 'Leeds', 'GB', NULL, NULL, NULL, NULL,
     '2025-01-08', '2025-01-18', 'standard', NULL, 1.00, 'EUR', '2025-01-08 14:34:00', '2025-01-08 14:34:00', '2025-01-08 14:34:00'),
    (8, 4, TRUE, 'Elena', 'Martinez', NULL, 'F', '1988-02-19', 'San Antonio', 'US', 'US',
     'passport', 'A05550108', 'US', '2024-12-31', NULL, NULL, NULL,
     '410 Cedar Avenue', '78205', 'San Antonio', 'US', 'elena.martinez@example.org', '+1 202 555 0104', NULL, NULL,
     '2025-01-14', '2025-01-17', 'standard', NULL, 1.00, 'EUR', '2025-01-14 20:12:00', '2025-01-14 20:12:00', '2025-01-14 20:12:00'),
    (9, 4, FALSE, 'Camille', 'Lefèvre', NULL, 'F', '1990-06-04', 'Nantes', 'FR', 'FR',
     'identity_card', 'X4R555109', 'FR', '2033-03-17', NULL, NULL, NULL,
     '5 rue des Carmes', '44000', 'Nantes', 'FR', NULL, NULL, NULL, NULL,
     '2025-01-14', '2025-01-17', 'standard', NULL, 1.00, 'EUR', '2025-01-14 20:13:00', '2025-01-14 20:13:00', '2025-01-14 20:13:00'),
    (10, 5, TRUE, 'Piotr', 'Kowalski', NULL, 'M', '1985-10-08', 'Gdańsk', 'PL', 'PL',
     'identity_card', 'DAB555110', 'PL', '2031-05-20', NULL, NULL, NULL,
     'ul. Piękna 31', '00-547', 'Warszawa', 'PL', 'p.kowalski@example.org', '+48 22 555 0105', NULL, NULL,
     '2025-02-15', '2025-02-22', 'standard', NULL, 3.00, 'EUR', NULL, '2025-01-13 10:04:00', '2025-01-13 10:04:00'),
    (11, 5, FALSE, 'Anna', 'Kowalska', NULL, 'F', '1987-04-15', 'Kraków', 'PL', 'PL',
     'identity_card', 'DAB555111', 'PL', '2031-05-20', NULL, NULL, NULL,
     'ul. Piękna 31', '00-547', 'Warszawa', 'PL', NULL, NULL, NULL, NULL,
     '2025-02-15', '2025-02-22', 'standard', NULL, 3.00, 'EUR', NULL, '2025-01-13 10:05:00', '2025-01-13 10:05:00'),
    (12, 5, FALSE, 'Zofia', 'Kowalska', NULL, 'F', '2014-08-21', 'Warszawa', 'PL', 'PL',
     'passport', 'ER5550112', 'PL', '2027-09-09', NULL, NULL, NULL,
     'ul. Piękna 31', '00-547', 'Warszawa', 'PL', NULL, NULL, 10, 'child',
     '2025-02-15', '2025-02-22', 'reduced', NULL, 1.50, 'EUR', NULL, '2025-01-13 10:06:00', '2025-01-13 10:06:00'),
    (13, 5, FALSE, 'Jan', 'Kowalski', NULL, 'M', '2019-06-01', 'Warszawa', 'PL', 'PL',
     'passport', 'ER5550113', 'PL', '2027-09-09', NULL, NULL, NULL,
     'ul. Piękna 31', '00-547', 'Warszawa', 'PL', NULL, NULL, 10, 'child',
     '2025-02-15', '2025-02-22', 'exempt', 'Child under 7', 0.00, 'EUR', NULL, '2025-01-13 10:07:00', '2025-01-13 10:07:00'),
    (14, 6, TRUE, 'Chidi', 'Okafor', NULL, 'M', '1979-01-31', 'Enugu', 'NG', 'NG',
     'passport', 'A05550114', 'NG', '2028-02-02', 'ESP5550114', '2025-01-12', 'Madrid-Barajas',
     '9 Marina Road', '101241', 'Lagos', 'NG', NULL, NULL, NULL, NULL,
     '2025-01-12', '2025-01-18', 'standard', NULL, 1.00, 'EUR', '2025-01-12 16:45:00', '2025-01-12 16:45:00', '2025-01-12 16:45:00')
ON CONFLICT DO NOTHING;

INSERT INTO guest_reg_invoices
    (id, trip_id, issuer_id, guest_id, invoice_number, status, issue_date, due_date, billed_name, billed_address, billed_country, billed_tax_number,
     currency, net_amount, vat_rate, vat_amount, tourist_tax_amount, total_amount, paid_amount, paid_at, payment_method, notes, created_at, updated_at)
VALUES
    (1, 1, 1, 1, '2025-0001', 'paid', '2025-01-07', '2025-01-07', 'Markus Schneider', 'Lindenstraße 14, 10969 Berlin', 'DE', NULL,
     'EUR', 480.00, 9.50, 45.60, 24.00, 549.60, 549.60, '2025-01-07 09:30:00', 'card', NULL, '2025-01-07 09:20:00', '2025-01-07 09:30:00'),
    (2, 2, 1, 4, '2025-0002', 'paid', '2025-01-12', '2025-01-12', 'Giulia Rossi', 'Via Garibaldi 8, 00153 Roma', 'IT', NULL,
     'EUR', 210.00, 9.50, 19.95, 12.00, 241.95, 241.95, '2025-01-12 10:01:00', 'cash', NULL, '2025-01-12 09:55:00', '2025-01-12 10:01:00'),
    (3, 3, 2, 6, '2025-0001', 'issued', '2025-01-08', '2025-01-18', 'Oliver Whitfield', '27 Mill Lane, Leeds LS1 4AP', 'GB', NULL,
     'EUR', 1200.00, 10.00, 120.00, 26.00, 1346.00, 400.00, NULL, 'platform', 'Deposit received; the balance is due on departure.', '2025-01-08 14:40:00', '2025-01-12 16:50:00'),
    (4, 4, 2, NULL, '2025-0002', 'issued', '2025-01-14', '2025-02-13', 'Cedar Analytics Inc.', '400 Cedar Avenue, San Antonio, TX 78205', 'US', '55-5550104',
     'EUR', 390.00, 10.00, 39.00, 6.00, 435.00, 0.00, NULL, 'bank_transfer', 'Billed to the employer.', '2025-01-14 20:20:00', '2025-01-14 20:20:00'),
    (5, 5, 1, 10, NULL, 'draft', NULL, NULL, 'Piotr Kowalski', 'ul. Piękna 31, 00-547 Warszawa', 'PL', NULL,
     'EUR', 770.00, 9.50, 73.15, 52.50, 895.65, 0.00, NULL, NULL, NULL, '2025-01-13 10:10:00', '2025-01-13 10:10:00'),
    (6, 6, 2, NULL, '2025-0003', 'paid', '2025-01-11', '2025-01-11', 'Harriet Lowe', NULL, 'GB', NULL,
     'GBP', 150.00, 0.00, 0.00, 0.00, 150.00, 150.00, '2025-01-11 13:08:22', 'platform', 'Cancellation: deposit kept.', '2025-01-11 13:08:22', '2025-01-11 13:08:22')
ON CONFLICT DO NOTHING;

INSERT INTO guest_reg_housekeeping
    (id, trip_id, assigned_to_id, task, status, priority, scheduled_date, started_at, completed_at, linen_sets, cost_amount, cost_currency, notes, created_at, updated_at)
VALUES
    (1, 1, 5, 'preparation', 'done', 1, '2025-01-03', '2025-01-03 09:00:00', '2025-01-03 11:15:00', 3, 35.00, 'EUR', NULL, '2024-12-30 08:00:00', '2025-01-03 11:15:00'),
    (2, 1, 5, 'final_cleaning', 'done', 2, '2025-01-07', '2025-01-07 10:00:00', '2025-01-07 12:40:00', 0, 45.00, 'EUR', NULL, '2024-12-30 08:00:00', '2025-01-07 12:40:00'),
    (3, 2, 5, 'final_cleaning', 'done', 2, '2025-01-12', '2025-01-12 10:30:00', '2025-01-12 12:00:00', 0, 40.00, 'EUR', 'One glass broken.', '2025-01-08 08:00:00', '2025-01-12 12:00:00'),
    (4, 3, 6, 'preparation', 'done', 1, '2025-01-08', '2025-01-08 08:30:00', '2025-01-08 11:00:00', 3, 50.00, 'EUR', NULL, '2025-01-02 09:00:00', '2025-01-08 11:00:00'),
    (5, 3, 6, 'linen_change', 'in_progress', 2, '2025-01-15', '2025-01-15 09:10:00', NULL, 3, 20.00, 'EUR', NULL, '2025-01-02 09:00:00', '2025-01-15 09:10:00'),
    (6, 3, NULL, 'repair', 'planned', 1, '2025-01-16', NULL, NULL, 0, 0.00, 'EUR', 'The shutter in the bedroom does not close.', '2025-01-13 18:24:00', '2025-01-13 18:24:00'),
    (7, 4, 6, 'final_cleaning', 'planned', 2, '2025-01-17', NULL, NULL, 0, 45.00, 'EUR', NULL, '2025-01-07 09:00:00', '2025-01-07 09:00:00'),
    (8, 5, 5, 'preparation', 'planned', 3, '2025-02-15', NULL, NULL, 4, 40.00, 'EUR', 'Heating on before noon.', '2025-01-09 08:30:00', '2025-01-09 08:30:00'),
    (9, 6, 6, 'preparation', 'skipped', 3, '2025-04-12', NULL, NULL, 2, 0.00, 'EUR', 'The trip was cancelled.', '2024-12-20 09:00:00', '2025-01-11 13:10:00')
ON CONFLICT DO NOTHING;

-- The ids above are explicit: move each sequence to the highest id in its table.
SELECT 'guest_reg_users' AS sequence_of, setval(pg_get_serial_sequence('guest_reg_users', 'id'), max(id)) AS highest_id FROM guest_reg_users
UNION ALL
SELECT 'guest_reg_trips', setval(pg_get_serial_sequence('guest_reg_trips', 'id'), max(id)) FROM guest_reg_trips
UNION ALL
SELECT 'guest_reg_registrations', setval(pg_get_serial_sequence('guest_reg_registrations', 'id'), max(id)) FROM guest_reg_registrations
UNION ALL
SELECT 'guest_reg_guests', setval(pg_get_serial_sequence('guest_reg_guests', 'id'), max(id)) FROM guest_reg_guests
UNION ALL
SELECT 'guest_reg_invoices', setval(pg_get_serial_sequence('guest_reg_invoices', 'id'), max(id)) FROM guest_reg_invoices
UNION ALL
SELECT 'guest_reg_housekeeping', setval(pg_get_serial_sequence('guest_reg_housekeeping', 'id'), max(id)) FROM guest_reg_housekeeping;

COMMIT;

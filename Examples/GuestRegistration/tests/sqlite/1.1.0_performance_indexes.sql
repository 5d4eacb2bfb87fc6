-- The same assertions as in tests/postgres: change both together.

-- One party of two, who were registered and billed. Their numbers are nobody else's.
-- Fixture
INSERT INTO guest_reg_users (id, email, full_name)
VALUES (900001, 'rehearsal@example.com', 'Rehearsal Host');

INSERT INTO guest_reg_trips
    (id, host_id, reference, unit_name, unit_number, status, booker_name, arrival_date, departure_date, checked_in_at)
VALUES
    (900001, 900001, 'REHEARSAL-1', 'Apartma', '0-01', 'checked_in', 'Maja Kovač', '2025-01-10', '2025-01-17', '2025-01-10 15:00:00');

INSERT INTO guest_reg_registrations
    (id, trip_id, registration_number, authority, status, due_at, submitted_at, retain_until)
VALUES
    (900001, 900001, 'R-REHEARSAL-1', 'SI-ETURIZEM', 'submitted', '2025-01-11 15:00:00', '2025-01-10 16:00:00', '2026-01-31');

INSERT INTO guest_reg_guests
    (id, registration_id, is_lead, given_names, family_name, sex, birth_date, birth_place, birth_country, nationality,
     document_type, document_number, document_country, address_street, address_city, address_country, arrival_date, departure_date)
VALUES
    (900001, 900001, TRUE, 'Maja', 'Kovač', 'F', '1984-05-02', 'Kranj', 'SI', 'SI',
     'passport', 'PB0000001', 'SI', 'Glavna ulica 1', 'Kranj', 'SI', '2025-01-10', '2025-01-17'),
    (900002, 900001, FALSE, 'Nik', 'Kovač', 'M', '2012-09-30', 'Kranj', 'SI', 'SI',
     'identity_card', 'IE0000002', 'SI', 'Glavna ulica 1', 'Kranj', 'SI', '2025-01-12', '2025-01-17');

-- Assert every foreign key leads an index
SELECT m.name AS "table", f."from" AS "column" FROM sqlite_schema AS m
JOIN pragma_foreign_key_list(m.name) AS f
WHERE m.type = 'table' AND m.name LIKE 'guest\_reg\_%' ESCAPE '\'
    AND NOT EXISTS (
        SELECT 1 FROM pragma_index_list(m.name) AS i JOIN pragma_index_info(i.name) AS c
        WHERE c.seqno = 0 AND c.name = f."from");

-- Assert the party of the fixture is still registered
SELECT 'missing' AS party WHERE 2 <> (SELECT count(*) FROM guest_reg_guests WHERE registration_id = 900001);

-- Assert nobody stays longer than their trip
SELECT g.id, g.arrival_date, g.departure_date FROM guest_reg_guests AS g
JOIN guest_reg_registrations AS r ON r.id = g.registration_id
JOIN guest_reg_trips AS t ON t.id = r.trip_id
WHERE g.arrival_date < t.arrival_date OR g.departure_date > t.departure_date;

-- Assert what was reported names a guest who signs
SELECT r.id, r.registration_number FROM guest_reg_registrations AS r
WHERE r.status IN ('submitted', 'accepted')
    AND NOT EXISTS (SELECT 1 FROM guest_reg_guests AS g WHERE g.registration_id = r.id AND g.is_lead);

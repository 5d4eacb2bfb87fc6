/// What the pages read and write, in the words of the schema 1.0.0: every later one has them too.
struct Registry: Sendable {
    let database: any Database

    func trips() async throws(DatabaseProblem) -> [Row] {
        try await database.rows(
            """
            SELECT t.id, t.reference, t.unit_name, t.booker_name, t.status, t.arrival_date,
                t.departure_date, t.adults, t.children,
                (SELECT count(*) FROM guest_reg_guests g
                    JOIN guest_reg_registrations r ON r.id = g.registration_id
                    WHERE r.trip_id = t.id) AS guests
            FROM guest_reg_trips t
            ORDER BY t.arrival_date DESC, t.id LIMIT 200
            """, [])
    }

    func trip(_ id: Int) async throws(DatabaseProblem) -> Row? {
        try await database.rows(
            """
            SELECT t.id, t.reference, t.unit_name, t.unit_number, t.channel, t.status, t.purpose,
                t.booker_name, t.booker_email, t.arrival_date, t.departure_date, t.adults,
                t.children, t.notes, u.full_name AS host
            FROM guest_reg_trips t JOIN guest_reg_users u ON u.id = t.host_id
            WHERE t.id = $1
            """, [String(id)]
        ).first
    }

    func registrations(ofTrip id: Int) async throws(DatabaseProblem) -> [Row] {
        try await database.rows(
            """
            SELECT id, registration_number, authority, authority_reference, status, due_at,
                rejection_reason
            FROM guest_reg_registrations WHERE trip_id = $1 ORDER BY id
            """, [String(id)])
    }

    func guests(ofTrip id: Int) async throws(DatabaseProblem) -> [Row] {
        try await database.rows(
            """
            SELECT g.id, g.registration_id, g.given_names, g.family_name, g.nationality,
                g.birth_date, g.document_type, g.arrival_date, g.departure_date,
                CASE WHEN g.is_lead THEN 'yes' END AS lead
            FROM guest_reg_guests g JOIN guest_reg_registrations r ON r.id = g.registration_id
            WHERE r.trip_id = $1 ORDER BY g.is_lead DESC, g.id
            """, [String(id)])
    }

    /// A registration with the stay that it is about.
    func registration(_ id: Int) async throws(DatabaseProblem) -> Row? {
        try await database.rows(
            """
            SELECT r.id, r.registration_number, r.authority, r.status, r.trip_id, t.reference,
                t.unit_name, t.arrival_date, t.departure_date
            FROM guest_reg_registrations r JOIN guest_reg_trips t ON t.id = r.trip_id
            WHERE r.id = $1
            """, [String(id)]
        ).first
    }

    /// Adds a guest to a registration that still takes some; the first one signs for the party.
    ///
    /// - Returns: The guest's id; `nil` where the registration was closed meanwhile.
    func register(
        _ guest: NewGuest, in registration: Int
    ) async throws(DatabaseProblem) -> String? {
        try await database.rows(
            """
            INSERT INTO guest_reg_guests (
                given_names, family_name, sex, birth_date, birth_place, birth_country, nationality,
                document_type, document_number, document_country, document_valid_until,
                address_street, address_postal_code, address_city, address_country,
                arrival_date, departure_date, registration_id, is_lead)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, r.id,
                NOT EXISTS (SELECT 1 FROM guest_reg_guests g
                    WHERE g.registration_id = r.id AND g.is_lead)
            FROM guest_reg_registrations r
            WHERE r.id = $18 AND r.status IN ('draft', 'ready', 'rejected')
            RETURNING id
            """, GuestField.allCases.map { guest[$0] } + [String(registration)]
        ).first?["id"]
    }

    func housekeeping() async throws(DatabaseProblem) -> [Row] {
        try await database.rows(
            """
            SELECT h.id, h.task, h.status, h.priority, h.scheduled_date, h.linen_sets, h.notes,
                t.id AS trip_id, t.reference, t.unit_name, u.full_name AS assigned_to
            FROM guest_reg_housekeeping h JOIN guest_reg_trips t ON t.id = h.trip_id
                LEFT JOIN guest_reg_users u ON u.id = h.assigned_to_id
            ORDER BY CASE WHEN h.status IN ('planned', 'in_progress') THEN 0 ELSE 1 END,
                h.scheduled_date, h.priority, h.id LIMIT 200
            """, [])
    }
}

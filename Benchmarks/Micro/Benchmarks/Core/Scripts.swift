import ApusCore

/// Scripts of a few megabytes, the same in every run.
enum Scripts {
    static let size = 8 << 20

    /// Tables, indexes, views and comments, as a schema's dump has them.
    static let definitions = filled { number in
        """
        -- The bookings of season \(number)
        CREATE TABLE guest_reg_bookings_\(number) (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            guest_id bigint NOT NULL REFERENCES guest_reg_guests (id) ON DELETE CASCADE,
            arrival_date date NOT NULL,
            departure_date date NOT NULL,
            price_per_night numeric(10,2) DEFAULT 0.00,
            remarks text DEFAULT 'none; the guest''s own',
            CONSTRAINT guest_reg_bookings_\(number)_dates CHECK (departure_date > arrival_date)
        );
        CREATE INDEX guest_reg_bookings_\(number)_guest_idx ON guest_reg_bookings_\(number) (guest_id);
        COMMENT ON TABLE guest_reg_bookings_\(number) IS 'What was booked';
        CREATE FUNCTION guest_reg_nights_\(number)(a date, b date) RETURNS integer LANGUAGE sql AS $$
            SELECT greatest(0, b - a); -- not negative
        $$;

        """
    }

    /// The data of one table, as pg_dump writes it.
    static let copyData: [UInt8] = {
        var text = Array(
            "COPY guest_reg_guests (id, name, country, arrival_date) FROM stdin;\n".utf8)
        text += filled {
            "\($0)\tAna Novak number \($0) of the house\tSI\t2026-0\($0 % 9 + 1)-17\n"
        }
        return text + Array("\\.\n".utf8)
    }()

    /// Rows one by one.
    static let inserts = filled {
        "INSERT INTO guest_reg_guests (id, name, country) VALUES (\($0), 'Ana Novak number \($0) of the house', 'SI');\n"
    }

    /// Small migrations, each of which depends on the one before.
    static func migrations(_ count: Int) throws -> [Migration] {
        try (0..<count).map { number in
            let time = [0, number / 60 % 60, number % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
                .joined()
            let name = "20250101_\(time)_1.\(number / 100).\(number % 100)_m\(number).sql"
            let text = """
                -- Up Migration
                CREATE TABLE t\(number) (a int);
                -- Down Migration (Rollback)
                DROP TABLE t\(number);

                """
            return try MigrationParser(dialect: .postgres).parse(
                source: MigrationSource(path: name, bytes: Array(text.utf8)), fileName: name)
        }
    }

    private static func filled(_ piece: (Int) -> String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 4096)
        var number = 0
        while bytes.count < size {
            bytes += Array(piece(number).utf8)
            number += 1
        }
        return bytes
    }
}

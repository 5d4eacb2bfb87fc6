import ApusCore
import Testing

/// F31: a value added to an enum and used in the same transaction is reported before anything runs.
@Suite struct EnumValueTests {
    private func warnings(_ up: String, _ directives: String...) throws -> [String] {
        let lines = directives.map { "-- apus: \($0)\n" }.joined()
        let moods = try migration("1.0.0 moods", up: lines + up)
        return try Bench(moods).plan(.latest).warnings.map { DiagnosticRenderer().render($0) }
    }

    @Test func `F31 the place of the use is shown`() throws {
        let up = """
            ALTER TYPE public.Mood ADD VALUE IF NOT EXISTS 'it''s calm' BEFORE 'glad';
            UPDATE guests SET mood = 'it''s calm';
            """
        #expect(
            try warnings(up) == [
                """
                warning[enum-value-uncommitted]: 1.0.0 moods adds 'it''s calm' to public.mood and seems to use it in the same transaction, which PostgreSQL refuses
                 --> 20250101_000000_1.0.0_moods.sql:3:26
                  |
                3 | UPDATE guests SET mood = 'it''s calm';
                  |                          ^^^^^^^^^^^^
                next:  use the value in a migration of its own, or put `-- apus: no-transaction` below the section's marker
                """
            ])
    }

    @Test(arguments: [
        "ALTER TYPE mood ADD VALUE 'calm'; UPDATE guests SET mood = 'glad';",
        "UPDATE guests SET mood = 'calm'; ALTER TYPE mood ADD VALUE 'calm';",
        "ALTER TYPE mood ADD VALUE 'calm'; ALTER TYPE mood ADD VALUE 'calmer' AFTER 'calm';",
        "CREATE TYPE mood AS ENUM ('glad'); ALTER TYPE mood ADD VALUE 'calm'; SELECT 'calm'::mood;",
        "ALTER TYPE mood RENAME VALUE 'glad' TO 'calm'; SELECT 'calm'::mood;",
        "ALTER TYPE mood RENAME TO feeling; SELECT 'calm'::feeling;",
    ])
    func `F31 what the server accepts is not reported`(up: String) throws {
        #expect(try warnings(up) == [])
    }

    @Test func `F31 without a transaction each value is committed before it is used`() throws {
        let up = "ALTER TYPE mood ADD VALUE 'calm'; UPDATE guests SET mood = 'calm';"
        #expect(try warnings(up, "no-transaction") == [])
        #expect(try warnings(up).count == 1)
    }
}

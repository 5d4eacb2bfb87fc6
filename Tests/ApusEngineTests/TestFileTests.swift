import ApusCore
import SystemPackage
import Testing

@testable import ApusEngine

@Suite struct TestFileTests {
    private func parse(
        _ text: String, _ dialect: DatabaseEngine = .postgres
    ) throws(Diagnostics) -> TestFile {
        var parser = TestFileParser(
            version: version("1.2.0"), name: "guests",
            source: MigrationSource(path: "tests/1.2.0_guests.sql", bytes: Array(text.utf8)),
            dialect: dialect)
        return try parser.parse()
    }

    private func refusal(_ text: String) async -> String {
        await report { () throws(Diagnostics) in _ = try parse(text) }
    }

    @Test func `a fixture and assertions are read with their names and places`() throws {
        let file = try parse(
            """
            -- What guests are about.
            -- Fixture
            INSERT INTO guests VALUES (1, 'it''s; -- Assert nothing');
            INSERT INTO guests VALUES (2, $$ ; $$);

            --  ASSERT   every guest   has a name
            -- (a remark)
            SELECT * FROM guests WHERE name IS NULL;
            --assert no second
            SELECT 1 WHERE false
            """)
        #expect(file.fixture.map(\.line) == [3, 4])
        #expect(file.assertions.map(\.name) == ["every guest has a name", "no second"])
        #expect(file.assertions.map(\.query.line) == [8, 10])
    }

    @Test func `a file without a fixture is fine`() throws {
        let file = try parse("-- Assert one\nSELECT 1 WHERE false;\n", .sqlite)
        #expect(file.fixture.isEmpty && file.assertions.count == 1)
    }

    @Test(arguments: [
        ("SELECT 1;", "this stands in no section"),
        ("", "the file asserts nothing"),
        ("-- Assert\nSELECT 1;", "an assertion needs a name"),
        ("-- Assert a\n", "the assertion \"a\" has no query"),
        ("-- Assert a\nSELECT 1; SELECT 2;", "the assertion \"a\" has 2 statements"),
        ("-- Assert a\nSELECT 1;\n-- Assert a\nSELECT 1;", "there are two assertions \"a\""),
        ("-- Assert a\nSELECT 1;\n-- Fixture\nSELECT 1;", "the fixture stands behind an assertion"),
        ("-- Fixture\nSELECT 1;\n-- Fixture\nSELECT 1;", "there is a second fixture"),
        (
            "-- Assert a\nSELECT 1\n-- Assert b\nSELECT 2;",
            "the statement does not end before the next section"
        ),
        ("-- Fixture\nBEGIN;\nSELECT 1;", "this cannot run inside the transaction"),
        ("-- Assert a\nVACUUM;", "this cannot run inside the transaction"),
        ("-- Assert a\nSELECT 'open", "not terminated"),
    ]) func `what is no test file is refused with its place`(
        text: String, message: String
    ) async {
        let refusal = await refusal(text)
        #expect(refusal.contains("error[test-file-invalid]"), "\(refusal)")
        #expect(refusal.contains(message) || message == "not terminated", "\(refusal)")
        #expect(refusal.contains("tests/1.2.0_guests.sql:"), "\(refusal)")
    }

    @Test func `bytes that are no text are refused`() async {
        let bytes: [[UInt8]] = [[0x2D, 0x2D, 0xFF], [0x2D, 0x00]]
        for bytes in bytes {
            let source = MigrationSource(path: "tests/1.2.0_guests.sql", bytes: bytes)
            let refusal = await report { () throws(Diagnostics) in
                var parser = TestFileParser(
                    version: version("1.2.0"), name: "guests", source: source, dialect: .postgres)
                _ = try parser.parse()
            }
            #expect(refusal.contains("error[test-file-invalid]"), "\(refusal)")
        }
    }

    @Test(arguments: [
        "guests.sql", "1.2_guests.sql", "1.2.0.sql", "1.2.0_.sql", "v1.2.0_guests.sql",
    ]) func `a name that says no version is refused`(name: String) async throws {
        let work = try Workplace()
        try work.write("-- Assert a\nSELECT 1 WHERE false;\n", to: work.path.appending(name))
        let refusal = await report { () throws(Diagnostics) in
            _ = try TestFolder(work.path, dialect: .sqlite).read()
        }
        #expect(refusal.contains("does not say which version it tests"), "\(refusal)")
    }

    @Test func `files are read by version, and a folder need not be there`() throws {
        let work = try Workplace()
        #expect(try TestFolder(work.path.appending("tests"), dialect: .sqlite).read().isEmpty)
        for name in ["1.10.0_b.sql", "1.9.0_z.sql", "1.10.0_a.sql", "notes.md", ".1.0.0_x.sql"] {
            try work.write("-- Assert a\nSELECT 1 WHERE false;\n", to: work.path.appending(name))
        }
        let files = try TestFolder(work.path, dialect: .sqlite).read()
        #expect(files.map { "\($0.version) \($0.name)" } == ["1.9.0 z", "1.10.0 a", "1.10.0 b"])
    }
}

import ApusCore
import Testing

@Suite struct FileNameTests {
    @Test(arguments: [
        ("20250115_103000_1.2.0_add_new_table", "1.2.0", "add_new_table"),
        ("20240229_235959_0.0.1_x", "0.0.1", "x"),
        ("20250115_103000_2.0.0-rc.1_first_try", "2.0.0-rc.1", "first_try"),
        ("20250115_103000_2.0.0-rc.1+build.7_first", "2.0.0-rc.1+build.7", "first"),
        ("20250115_103000_1.0.0+2025.1_x", "1.0.0+2025.1", "x"),
        ("20250115_103000_1.0.0_a__b_", "1.0.0", "a__b_"),
        ("20250115_103000_1.0.0_größe-2.5", "1.0.0", "größe-2.5"),
        ("20250115_103000_1.0.0__x", "1.0.0", "_x"),
    ])
    func `a file name is timestamp, version and name`(
        stem: String, version: String, name: String
    ) throws {
        let id = try MigrationParser.identifier(fileName: "\(stem).sql", path: "p")
        #expect(id.timestamp == stem.prefix(15))
        #expect(id.version.description == version)
        #expect(id.name == name)
        #expect(id.description == stem)
        #expect(id.fileName == "\(stem).sql")
        #expect(id.title == "\(version) \(name)")
        #expect(MigrationID(id.description) == id)
    }

    @Test(arguments: [
        ("notes.txt", "does not end in .sql"),
        ("20250115_103000_1.2.0_x.SQL", "does not end in .sql"),
        ("add_table.sql", "has 2 of the four parts date, time, version and name"),
        (".sql", "has 1 of the four parts date, time, version and name"),
        ("20250115_103000_1.2.0.sql", "has 3 of the four parts date, time, version and name"),
        (
            "2025-01-15_103000_1.2.0_x.sql",
            "starts with \"2025-01-15_103000\", which is no date and time"
        ),
        (
            "20250229_103000_1.2.0_x.sql",
            "starts with \"20250229_103000\", which is no date and time"
        ),
        (
            "19000229_103000_1.2.0_x.sql",
            "starts with \"19000229_103000\", which is no date and time"
        ),
        (
            "20251301_103000_1.2.0_x.sql",
            "starts with \"20251301_103000\", which is no date and time"
        ),
        (
            "20250100_103000_1.2.0_x.sql",
            "starts with \"20250100_103000\", which is no date and time"
        ),
        (
            "20250431_103000_1.2.0_x.sql",
            "starts with \"20250431_103000\", which is no date and time"
        ),
        (
            "20250115_240000_1.2.0_x.sql",
            "starts with \"20250115_240000\", which is no date and time"
        ),
        (
            "20250115_106000_1.2.0_x.sql",
            "starts with \"20250115_106000\", which is no date and time"
        ),
        (
            "00000115_103000_1.2.0_x.sql",
            "starts with \"00000115_103000\", which is no date and time"
        ),
        (
            "２0250115_103000_1.2.0_x.sql",
            "starts with \"２0250115_103000\", which is no date and time"
        ),
        (
            "20250115_103000_1.2_x.sql",
            "has \"1.2\" where its version belongs: write 1.2.0: a version has three numbers"
        ),
        (
            "20250115_103000_v1.2.0_x.sql",
            "has \"v1.2.0\" where its version belongs: write 1.2.0, without the v"
        ),
        (
            "20250115_103000_add_table.sql",
            "has \"add\" where its version belongs: a version is three numbers, such as 1.2.0 or 1.2.0-rc.1"
        ),
        ("20250115_103000_1.2.0_.sql", "has no name behind its version"),
        ("20250115_103000_1.2.0_.x.sql", "has a name that begins with a dot"),
        (
            "20250115_103000_1.2.0_a b.sql",
            "has a name with characters other than letters, digits, _, - and ."
        ),
        (
            "20250115_103000_1.2.0_a\u{1B}[31m.sql",
            "has a name with characters other than letters, digits, _, - and ."
        ),
        (
            "20250115_103000_1.2.0_\(String(repeating: "x", count: 201)).sql",
            "has a name of more than 200 bytes"
        ),
    ])
    func `a wrong file name is refused with the reason`(fileName: String, reason: String) {
        let error = #expect(throws: Diagnostic.self) {
            try MigrationParser.identifier(fileName: fileName, path: "migrations/\(fileName)")
        }
        #expect(error?.message == "the file name \"\(fileName)\" \(reason)")
        #expect(error?.code == .fileNameInvalid)
    }

    @Test func `a wrong file name is printed with what to do`() {
        #expect(
            ParseOutcome("", fileName: "20250115_103000_1.2_x.sql").report == """
                error[file-name-invalid]: the file name "20250115_103000_1.2_x.sql" has "1.2" where its version belongs: write 1.2.0: a version has three numbers
                  --> migrations/20250115_103000_1.2_x.sql:1:1
                next:  name it YYYYMMDD_HHMMSS_VERSION_NAME.sql, or let it be made: apus create-migration VERSION NAME
                """)
    }

    @Test func `ids sort by version, then timestamp, then name`() throws {
        let sorted = try [
            "20250301_000000_1.0.0-rc.1_z", "20250101_000000_1.0.0_b", "20250102_000000_1.0.0_a",
            "20250102_000000_1.0.0_b", "20250102_000000_1.0.0+b1_b", "20240101_000000_1.2.0_a",
            "20230101_000000_1.10.0_a",
        ].map { try #require(MigrationID($0)) }
        #expect(sorted.shuffled().sorted() == sorted)
    }

    @Test func `ids that differ in build metadata only are two`() throws {
        let one = try #require(MigrationID("20250101_000000_1.0.0+a_x"))
        let other = try #require(MigrationID("20250101_000000_1.0.0+b_x"))
        #expect(one.version == other.version)
        #expect(one != other)
        #expect(one < other)
        #expect(Set([one, other]).count == 2)
    }
}

import ApusCore
import Testing

@Suite struct TextTests {
    private static let file =
        "-- Up Migration\nCREATE TABLE t (a int);\n-- Down Migration\nDROP TABLE t;\n"
    /// `printf -- '-- Up Migration\nCREATE TABLE t (a int);\n-- Down Migration\nDROP TABLE t;\n' | sha256sum`
    private static let sha256 = "1bb8118e216d8d9ba0c4d9f54d3007efee0d763d9b47269397d32014a09eac1e"

    @Test func `the checksum is the one sha256sum gives`() throws {
        let migration = try #require(ParseOutcome(Self.file).migration)
        #expect(migration.checksum.hex == Self.sha256)
        #expect(migration.checksum.short == Self.sha256.prefix(12))
    }

    @Test(arguments: [
        "\u{FEFF}" + file, file.replacing("\n", with: "\r\n"),
        "\u{FEFF}" + file.replacing("\n", with: "\r\n"),
        file.replacing(";\n--", with: ";\r\n--"),
    ])
    func `F46 F47 a byte order mark and CRLF give the same checksums, and run as they are`(
        text: String
    ) throws {
        let outcome = ParseOutcome(text)
        let migration = try #require(outcome.migration)
        let plain = try #require(ParseOutcome(Self.file).migration)
        #expect(migration.checksum.hex == Self.sha256)
        #expect(migration.up.meaning == plain.up.meaning)
        #expect(migration.down?.meaning == plain.down?.meaning)
        #expect(migration.source.bytes(0..<migration.source.count) == Array(text.utf8))
        #expect(outcome.upTexts == ["CREATE TABLE t (a int)"])
        #expect(migration.up.statements(in: migration.source).map(\.line) == [2])
    }

    @Test(arguments: [
        file + "\n", "\u{FEFF}\u{FEFF}" + file, file.replacing("\n", with: "\n\r"),
        file.replacing("\n", with: "\r\r\n"), file.replacing("int", with: "INT"),
    ])
    func `F46 nothing else is left out of the checksum`(text: String) {
        let checksum = Array(text.utf8).withUnsafeBytes { Checksum(normalising: $0) }
        #expect(checksum.hex != Self.sha256)
    }

    @Test func `F46 a byte order mark is taken off once`() {
        #expect(ParseOutcome("\u{FEFF}\u{FEFF}" + Self.file).migration == nil)
    }

    @Test(arguments: [
        "CREATE  TABLE t(a int)", "-- why\nCREATE TABLE t (a /* an */ int);;",
        "CREATE TABLE\nt\n(\na\nint\n)\n;\n",
    ])
    func `the meaning passes over comments and white space`(up: String) throws {
        let one = try #require(ParseOutcome(up: "CREATE TABLE t (a int);").migration)
        let other = try #require(ParseOutcome(up: up).migration)
        #expect(other.up.meaning == one.up.meaning)
        #expect(other.checksum != one.checksum)
    }

    @Test(arguments: [
        "CREATE TABLE t (a int, b int)", "CREATE TABLE ta (int);", "create table t (a int);",
        "CREATE TABLE t (a int); SELECT 1", "BEGIN; CREATE TABLE t (a int); COMMIT;",
        "CREATE TABLE \"t\" (a int);",
    ])
    func `the meaning holds every token`(up: String) throws {
        let one = try #require(ParseOutcome(up: "CREATE TABLE t (a int);").migration)
        let other = try #require(ParseOutcome(up: up).migration)
        #expect(other.up.meaning != one.up.meaning)
        #expect(other.down?.meaning == one.down?.meaning)
    }

    @Test(arguments: [
        ([UInt8](), 0), (Array("-- Up Migration\nSELECT 'a".utf8), 25),
        ([0xEF, 0xBB, 0xBF], 3), (Array("ü\n".utf8), 3),
    ])
    func `F48 a NUL byte is refused with its offset`(before: [UInt8], offset: Int) {
        let outcome = ParseOutcome(bytes: before + [0] + Array("b'".utf8))
        #expect(outcome.codes == [.nulByte])
        #expect(
            outcome.problems.first?.message == "the file holds a NUL byte at byte offset \(offset)")
    }

    @Test(arguments: [
        ([UInt8](), [UInt8]([0xFF]), 0),
        (Array("SELECT '".utf8), [0xC3, 0x28], 8),
        (Array("SELECT 'ü".utf8), [0xE2, 0x82], 10),
        (Array("a\nb".utf8), [0xC0, 0xAF], 3),
        (Array("a".utf8), [0xED, 0xA0, 0x80], 1),
        (Array("a".utf8), [0xF4, 0x90, 0x80, 0x80], 1),
    ])
    func `F48 invalid UTF-8 is refused with its offset`(
        before: [UInt8], wrong: [UInt8], offset: Int
    ) {
        let outcome = ParseOutcome(bytes: before + wrong + Array(" rest".utf8))
        #expect(outcome.codes == [.invalidUTF8])
        #expect(
            outcome.problems.first?.message
                == "the file holds bytes that are not UTF-8 at byte offset \(offset)")
    }

    @Test func `F48 the place of invalid bytes is shown without sending them to the terminal`() {
        let bytes =
            Array("-- Up Migration\nSELECT '\u{1B}[31mü".utf8) + [0x84] + Array("' FROM t;\n".utf8)
        #expect(
            ParseOutcome(bytes: bytes).report == """
                error[invalid-utf8]: the file holds bytes that are not UTF-8 at byte offset 31
                 --> migrations/20250115_103000_1.2.0_add_languages.sql:2:15
                  |
                2 | SELECT '␛[31mü\u{FFFD}' FROM t;
                  |               ^
                next:  save the file as UTF-8 text
                """)
    }
}

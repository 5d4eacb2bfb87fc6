import ApusCore

/// A file parsed to its end: the migration, or every problem.
struct ParseOutcome {
    static let fileName = "20250115_103000_1.2.0_add_languages.sql"

    var migration: Migration?
    var problems: [Diagnostic] = []

    init(
        bytes: [UInt8], dialect: DatabaseEngine = .postgres, fileName: String = Self.fileName
    ) {
        let source = MigrationSource(path: "migrations/\(fileName)", bytes: bytes)
        do throws(Diagnostics) {
            migration = try MigrationParser(dialect: dialect).parse(
                source: source, fileName: fileName)
        } catch {
            problems = error.all
        }
    }

    init(_ text: String, dialect: DatabaseEngine = .postgres, fileName: String = Self.fileName) {
        self.init(bytes: Array(text.utf8), dialect: dialect, fileName: fileName)
    }

    /// Sections with a marker each; directives and statements are lines of their own.
    init(
        header: String = "", up: String = "CREATE TABLE t (a int);", down: String = "DROP TABLE t;",
        dialect: DatabaseEngine = .postgres
    ) {
        let text =
            (header.isEmpty ? "" : "\(header)\n")
            + "-- Up Migration\n\(up)\n-- Down Migration (Rollback)\n\(down)\n"
        self.init(text, dialect: dialect)
    }

    var codes: [DiagnosticCode] { problems.map(\.code) }

    /// Where each problem is, as `line:column message`.
    var messages: [String] {
        problems.map { problem in
            let place = problem.location.map { "\($0.line):\($0.column) " } ?? ""
            return place + problem.message
        }
    }

    /// Everything as a person reads it.
    var report: String {
        problems.map { DiagnosticRenderer().render($0) }.joined(separator: "\n\n")
    }

    var upTexts: [String] { texts(migration?.up) }
    var downTexts: [String] { texts(migration?.down) }

    private func texts(_ script: Script?) -> [String] {
        guard let migration, let script else { return [] }
        return script.statements(in: migration.source).map { migration.source.text($0.range) }
    }
}

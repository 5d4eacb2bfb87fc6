/// Turns a file's bytes into a checked ``Migration``: a pure function over values.
public struct MigrationParser: Sendable {
    public var dialect: DatabaseEngine

    public init(dialect: DatabaseEngine) {
        self.dialect = dialect
    }

    /// Parses one file. `fileName` is the last part of its path.
    ///
    /// Throws every problem that was found, not the first alone.
    public func parse(
        source: MigrationSource, fileName: String
    ) throws(Diagnostics) -> Migration {
        let id: MigrationID
        do throws(Diagnostic) {
            id = try Self.identifier(fileName: fileName, path: source.path)
            try TextCheck.check(source)
        } catch {
            throw Diagnostics([error])
        }

        var scan = SectionScan(source: source, dialect: dialect)
        do throws(SplitFailure) {
            try scan.run()
        } catch {
            // What follows an unterminated token cannot be judged: say this one thing.
            throw Diagnostics([error.diagnostic(in: source)])
        }

        var assembly = MigrationAssembly(id: id, source: source, scan: scan)
        return try assembly.migration()
    }

    /// Reads the id out of a file name, or says what is wrong with the name.
    public static func identifier(
        fileName: String, path: String
    ) throws(Diagnostic) -> MigrationID {
        let help = ["name it YYYYMMDD_HHMMSS_VERSION_NAME.sql, or let it be made: apus create-migration VERSION NAME"]
        guard fileName.hasSuffix(".sql") else {
            throw Diagnostic(
                .fileNameInvalid, "\"\(fileName)\" does not end in .sql",
                at: SourceLocation(file: path, line: 1), help: help)
        }
        let stem = String(fileName.dropLast(4))
        if let id = MigrationID(stem) { return id }
        let parts = stem.split(separator: "_", maxSplits: 3, omittingEmptySubsequences: false)
        let reason: String
        if parts.count < 4 {
            reason = "has \(parts.count) of the four parts date, time, version and name"
        } else if MigrationID("\(parts[0])_\(parts[1])_1.0.0_x") == nil {
            reason = "starts with \"\(parts[0])_\(parts[1])\", which is no date and time"
        } else if SemanticVersion(String(parts[2])) == nil {
            reason = "has \"\(parts[2])\" where a semantic version such as 1.2.0 belongs"
        } else {
            reason = "has a name with characters other than letters, digits, _, - and ."
        }
        throw Diagnostic(
            .fileNameInvalid, "the file name \"\(fileName)\" \(reason)",
            at: SourceLocation(file: path, line: 1), help: help)
    }

    /// Parses a down section that the history kept without its file.
    public func parseStoredDown(
        _ bytes: [UInt8], id: MigrationID, transaction: Script.Transaction
    ) throws(Diagnostics) -> (MigrationSource, Script) {
        let source = MigrationSource(path: "\(id.fileName) (kept in the history)", bytes: bytes)
        var scan = SectionScan(source: source, dialect: dialect)
        scan.section = .down
        scan.begin(.down, at: 0, line: 1)
        do throws(SplitFailure) {
            try scan.run()
        } catch {
            throw Diagnostics([error.diagnostic(in: source)])
        }
        var assembly = MigrationAssembly(id: id, source: source, scan: scan)
        guard let section = scan.down else { preconditionFailure("the section was begun above") }
        let script = assembly.script(section, transaction: transaction)
        if !assembly.problems.isEmpty { throw Diagnostics(assembly.problems) }
        return (source, script)
    }
}

extension SplitFailure {
    func diagnostic(in source: MigrationSource) -> Diagnostic {
        source.diagnostic(code, message, at: offset, length: length)
    }
}

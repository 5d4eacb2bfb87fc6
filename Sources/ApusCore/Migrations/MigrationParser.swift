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
        let stem = fileName.hasSuffix(".sql") ? String(fileName.dropLast(4)) : nil
        if let id = stem.flatMap({ MigrationID($0) }) { return id }
        throw Diagnostic(
            .fileNameInvalid,
            "the file name \"\(fileName)\" \(stem.map(flaw) ?? "does not end in .sql")",
            at: SourceLocation(file: path, line: 1),
            help: [
                "name it YYYYMMDD_HHMMSS_VERSION_NAME.sql, or let it be made: apus create-migration VERSION NAME"
            ])
    }

    /// Why a file's name without `.sql` is no id.
    private static func flaw(_ stem: String) -> String {
        let parts = stem.split(separator: "_", maxSplits: 3, omittingEmptySubsequences: false)
            .map(String.init)
        guard parts.count == 4 else {
            return "has \(parts.count) of the four parts date, time, version and name"
        }
        let timestamp = "\(parts[0])_\(parts[1])"
        guard MigrationID.isTimestamp(timestamp) else {
            return "starts with \"\(timestamp)\", which is no date and time"
        }
        guard SemanticVersion(parts[2]) != nil else {
            let advice = SemanticVersion.advice(for: parts[2]).map { ": \($0)" } ?? ""
            return "has \"\(parts[2])\" where its version belongs\(advice)"
        }
        if parts[3].isEmpty { return "has no name behind its version" }
        if parts[3].hasPrefix(".") { return "has a name that begins with a dot" }
        if parts[3].utf8.count > 200 { return "has a name of more than 200 bytes" }
        return "has a name with characters other than letters, digits, _, - and ."
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
        return (source, try assembly.storedDown(section, transaction: transaction))
    }
}

extension SplitFailure {
    func diagnostic(in source: MigrationSource) -> Diagnostic {
        source.diagnostic(code, message, at: offset, length: length)
    }
}

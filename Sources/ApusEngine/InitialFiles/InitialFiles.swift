public import ApusCore
import SystemPackage

/// What `create-initial` writes into a migrations folder, and why.
public struct InitialFiles: Hashable, Sendable {
    /// The raw values are an interface: JSON documents carry them.
    public enum Occasion: String, Hashable, Sendable, CaseIterable {
        /// Files of applied migrations are written back from the history.
        case restored
        /// The live schema is written down as the first migration.
        case schema
        /// The database is empty: a file to begin with.
        case start
    }

    public var occasion: Occasion
    /// The files, in the order of their migrations; empty where nothing is missing.
    public var files: [NewFile]
    /// What cannot be written, and what should be read before it is relied on.
    public var findings: [Diagnostic]

    /// The version that a schema, or a beginning, is written down as.
    public static let version = SemanticVersion(1, 0, 0)
    static let name = "initial_schema"
}

extension InitialFiles {
    /// Files of applied migrations that the folder lacks, byte for byte as they ran.
    static func restoring(
        _ history: History, into folder: MigrationFolder, present: Set<MigrationID>
    )
        -> InitialFiles
    {
        var result = InitialFiles(occasion: .restored, files: [], findings: [])
        for applied in history.applied where !present.contains(applied.id) {
            switch applied.text {
            case .whole(let bytes):
                result.files.append(
                    NewFile(folder.path.appending(applied.id.fileName), bytes: bytes))
            case .down: result.findings.append(unrestorable(applied, isLarge: true))
            case .unread, nil: result.findings.append(unrestorable(applied, isLarge: false))
            }
        }
        return result
    }

    private static func unrestorable(_ applied: AppliedMigration, isLarge: Bool) -> Diagnostic {
        Diagnostic(
            .appliedMissing, "\(applied.id.title) is applied, and its file cannot be written back",
            details: [
                isLarge
                    ? "it is larger than \(StoredText.limit >> 20) MiB, so that the history keeps its down section only"
                    : "the history keeps no text of it",
                "file: \(applied.id.fileName), sha256 \(applied.checksum.short)…",
            ],
            help: ["get the file from version control, or from whoever applied it"])
    }

    /// A live schema as the first migration, or a file to begin with where there is no schema.
    static func beginning(
        with script: String, in folder: MigrationFolder, now: Timestamp
    ) throws(Diagnostics) -> InitialFiles {
        guard let id = MigrationID(timestamp: now.idText, version: version, name: name) else {
            preconditionFailure("a clock beyond the year 9999")
        }
        let path = folder.path.appending(id.fileName)
        do throws(Diagnostic) {
            let schema = try InitialSchema(script: script, dialect: folder.dialect)
            guard !schema.makesNothing else {
                let text = MigrationTemplate.text(of: id, dialect: folder.dialect)
                return InitialFiles(
                    occasion: .start, files: [NewFile(path, text: text)], findings: [])
            }
            return InitialFiles(
                occasion: .schema, files: [NewFile(path, text: schema.text(of: id))],
                findings: schema.undroppable.isEmpty ? [] : [irreversible(id, schema, path)])
        } catch {
            throw Diagnostics([error])
        }
    }

    private static func irreversible(
        _ id: MigrationID, _ schema: InitialSchema, _ path: FilePath
    ) -> Diagnostic {
        Diagnostic(
            .irreversible, "\(id.title) is written as irreversible", severity: .warning,
            details: [
                "no DROP could be derived for: \(schema.undroppable.joined(separator: ", "))"
            ],
            help: ["complete the down section by hand: \(path)"])
    }

    static func occupied(_ folder: MigrationFolder, _ ids: [MigrationID]) -> Diagnostic {
        Diagnostic(
            .fileExists,
            "the folder \(folder.path) has \(ids.count) migration\(ids.count == 1 ? "" : "s") already, and the database has no history",
            help: [
                "if the tables are what these migrations make: apus baseline \(ids.last?.version ?? version)",
                "if the database is to get them: apus migrate",
            ])
    }
}

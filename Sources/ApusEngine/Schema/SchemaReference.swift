public import ApusCore
import Foundation
public import SystemPackage

/// A schema by what people call it.
public enum SchemaReference: Hashable, Sendable {
    /// What the database has now.
    case live
    /// What the latest run left.
    case recorded
    /// A file that `apus schema show --json` wrote.
    case file(FilePath)
    /// A backup by its name, as its manifest describes it.
    case backup(String)

    /// `live` and `recorded` are words; what is a file there is a file; the rest are backups.
    public init(_ text: String) {
        switch text {
        case "live": self = .live
        case "recorded": self = .recorded
        default:
            self =
                FileManager.default.fileExists(atPath: text) || text.contains("/")
                ? .file(FilePath(text)) : .backup(text)
        }
    }
}

extension Migrator {
    /// The schema as it is now. Changes nothing.
    public func schema() async throws(Diagnostics) -> SchemaSnapshot {
        try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in try await session.schema() }
        }
    }

    /// How the schema `new` differs from the schema `old`. Changes nothing.
    ///
    /// Throws `schema-unrecorded`, `schema-document-invalid` or `backup-unknown` where one of them
    /// cannot be had.
    public func schemaDifference(
        from old: SchemaReference = .recorded, to new: SchemaReference = .live,
        ignoringRoles: Bool = false
    ) async throws(Diagnostics) -> SchemaDifference {
        let needsDatabase = [old, new].contains { $0 == .live || $0 == .recorded }
        guard needsDatabase else {
            return .between(
                try storedSchema(old), try storedSchema(new), ignoringRoles: ignoringRoles)
        }
        return try await withSession { (session) throws(Diagnostics) in
            .between(
                try await schema(old, session), try await schema(new, session),
                ignoringRoles: ignoringRoles)
        }
    }

    private func schema(
        _ reference: SchemaReference, _ session: any DatabaseSession
    ) async throws(Diagnostics) -> SchemaSnapshot {
        switch reference {
        case .live:
            try await asking { () async throws(DatabaseError) in try await session.schema() }
        case .recorded:
            try await asking { () async throws(DatabaseError) in
                try await recordedSchema(session)
            }
        case .file, .backup: try storedSchema(reference)
        }
    }

    private func recordedSchema(
        _ session: any DatabaseSession
    ) async throws(DatabaseError) -> SchemaSnapshot {
        let recorded = try await session.recordedSchema()
        if case .left(_, let digest) = recorded,
            let schema = try await session.recordedSchema(digest)
        {
            return schema
        }
        let reason =
            switch recorded {
            case .never: "no run has changed this database yet"
            case .missing(let run, _): "run \(run) did not end, or recorded none"
            case .left: "its document is not kept any more"
            }
        throw DatabaseError(
            .schemaUnrecorded, "there is no recorded schema: \(reason)",
            help: ["name what to compare with: apus schema diff FILE live"])
    }

    private func storedSchema(_ reference: SchemaReference) throws(Diagnostics) -> SchemaSnapshot {
        switch reference {
        case .backup(let name): return try backupSchema(name)
        case .file(let path): return try Self.schema(of: path)
        case .live, .recorded:
            preconditionFailure("\(reference) is asked of the database")
        }
    }

    private static func schema(of path: FilePath) throws(Diagnostics) -> SchemaSnapshot {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path.string))
        } catch {
            throw Diagnostics([
                Diagnostic(
                    .fileUnreadable, "\(path) cannot be read: \(error.localizedDescription)")
            ])
        }
        do throws(SchemaDocumentError) {
            return try SchemaSnapshot(document: Array(data))
        } catch {
            throw Diagnostics([
                Diagnostic(
                    .schemaDocumentInvalid, "\(path) is no schema document: \(error.reason)",
                    help: ["write one: apus schema show --json > FILE"])
            ])
        }
    }

    private func backupSchema(_ name: String) throws(Diagnostics) -> SchemaSnapshot {
        guard let backups else {
            throw Diagnostics([
                Diagnostic(
                    .backupUnknown,
                    "there is no file \"\(name)\", and no backup folder is configured")
            ])
        }
        _ = try backups.entry(named: name)
        let reason: String
        do {
            if let schema = try backups.manifest(of: name).schema { return schema }
            reason = "it tells no schema"
        } catch {
            reason = "\(error)"
        }
        throw Diagnostics([
            Diagnostic(
                .schemaDocumentInvalid,
                "the manifest of the backup \(name) cannot be compared with: \(reason)",
                help: ["backups taken from now on tell the schema: apus backup"])
        ])
    }
}

import ApusCore
import ApusEngine
import ApusSQLite
import SystemPackage

/// `apus.init/1`
struct InitBody: Encodable {
    var created: [String]
    var present: [String]

    init(_ made: ProjectCreation) {
        created = made.created.map(\.string)
        present = made.present.map(\.string)
    }
}

/// `apus.create-migration/1`
struct CreateMigrationBody: Encodable {
    var id: String
    var version: String
    var name: String
    var files: [String]
    var warnings: [DiagnosticBody]

    init(_ creation: MigrationCreation) {
        id = creation.id.description
        version = creation.id.version.description
        name = creation.id.name
        files = creation.files.map(\.path.string)
        warnings = creation.warnings.map(DiagnosticBody.init)
    }
}

/// `apus.sqlite-rebuild/1`
struct SQLiteRebuildBody: Encodable {
    var id: String
    var version: String
    var name: String
    var table: String
    var file: String?
    var lostColumns: [String]
    var lostObjects: [String]
    var broken: [String]
    var irreversible: String?
    var warnings: [DiagnosticBody]

    init(_ creation: MigrationCreation, _ rebuild: TableRebuild) {
        id = creation.id.description
        version = creation.id.version.description
        name = creation.id.name
        table = rebuild.table
        file = creation.files.first?.path.string
        lostColumns = rebuild.lostColumns
        lostObjects = rebuild.lostObjects
        broken = rebuild.broken
        irreversible = rebuild.irreversibleReason
        warnings = creation.warnings.map(DiagnosticBody.init)
    }
}

/// `apus.lock/1`
struct LockBody: Encodable {
    var locks: [Folder]

    struct Folder: Encodable {
        var file: String
        var status: String
        var migrations: Int
        var added: [String]
        var changed: [String]
        var removed: [String]
        var reordered: [String]
    }

    init(_ locks: [FolderLock]) {
        self.locks = locks.map { lock in
            var changes = MigrationLock.Changes()
            let status: String
            switch lock.occasion {
            case .new:
                status = "new"
                changes.added = lock.lock.entries.map(\.id)
            case .unchanged: status = "unchanged"
            case .unreadable: status = "unreadable"
            case .replaced(let found):
                status = "replaced"
                changes = found
            }
            return Folder(
                file: lock.path.string, status: status, migrations: lock.lock.entries.count,
                added: changes.added.map(\.description),
                changed: changes.changed.map(\.description),
                removed: changes.removed.map(\.description),
                reordered: changes.reordered.map(\.description))
        }
    }
}

/// `apus.create-initial/1`
struct CreateInitialBody: Encodable {
    var target: TargetBody
    var occasion: String
    var files: [String]
    var findings: [DiagnosticBody]

    init(_ initial: InitialFiles, _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        occasion = initial.occasion.rawValue
        files = initial.files.map(\.path.string)
        findings = initial.findings.map(DiagnosticBody.init)
    }
}

/// `apus.verify/1`
struct VerifyBody: Encodable {
    var target: TargetBody?
    var agrees: Bool
    var migrations: Int
    var applied: Int?
    var findings: [DiagnosticBody]
    var schema: SchemaComparisonBody?
    var exit: Int32

    init(_ verification: Verification, _ target: DatabaseTarget?, _ status: ExitStatus) {
        self.target = target.map(TargetBody.init)
        agrees = status == .success
        migrations = verification.migrations
        applied = verification.applied
        findings = verification.findings.map(DiagnosticBody.init)
        schema = verification.schema.map(SchemaComparisonBody.init)
        exit = status.rawValue
    }
}

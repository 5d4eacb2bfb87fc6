import ApusCore
import ApusEngine
import ApusSQLite
import ArgumentParser
import Foundation
import SystemPackage

/// `apus sqlite rebuild TABLE V`
struct SQLiteRebuild: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Write a migration that gives a table another definition, its rows kept.",
        discussion: """
            For what ALTER TABLE of SQLite cannot change: a type, a constraint, a key. Both sections are \
            written, with the table's indexes, triggers and AUTOINCREMENT mark, and tried on an empty copy \
            of the schema. The database is only read. Without --definition the table stays as it is, to \
            be changed in the file.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The table.")
    var table: String

    @Argument(help: "The version that the migration belongs to.", completion: .versions)
    var version: String

    @Option(help: "What the migration is called (default: rebuild_TABLE).")
    var name: String?

    @Option(
        help: "A file with the CREATE TABLE that the table is to have; - reads standard input.",
        completion: .file())
    var definition: String?

    @Flag(
        name: .customLong("allow-out-of-order"),
        help: "Create it even if it sorts before a migration that is there.")
    var allowOutOfOrder = false

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        guard let driver = try project.driver() as? SQLiteDriver else {
            throw Diagnostics([
                Diagnostic(
                    .usage, "only tables of SQLite are rebuilt",
                    help: ["PostgreSQL changes a table in place: ALTER TABLE"])
            ])
        }
        let rebuild: TableRebuild
        do throws(DatabaseError) {
            rebuild = try await driver.rebuild(of: table, as: try text())
        } catch {
            throw Diagnostics([error.diagnostic])
        }
        let creation = try MigrationCreation.decide(
            try Project.version(version), name: name ?? "rebuild_\(rebuild.table)",
            in: [project.folder(.sqlite)], now: .now, allowsOutOfOrder: allowOutOfOrder,
            command: "apus sqlite rebuild \(rebuild.table.shellWord) \(version)"
        ) { id, _ in rebuild.text(of: id) }
        try creation.write()
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("sqlite-rebuild", SQLiteRebuildBody(creation, rebuild)).text)
            return .success
        }
        for warning in creation.warnings { console.report(warning) }
        for file in creation.files { console.answer(file.path.string) }
        for line in rebuild.remarks { console.print(line) }
        let steps = [
            "read it", definition == nil ? "change the definition in both sections" : nil,
            creation.needsLock ? "apus lock" : nil, "then apus plan",
        ]
        console.print("Next: \(steps.compactMap(\.self).joined(separator: ", "))")
        return .success
    }

    /// What `--definition` names.
    private func text() throws(DatabaseError) -> String? {
        guard let definition else { return nil }
        do {
            let bytes =
                definition == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data()
                : try Data(contentsOf: URL(filePath: definition))
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw DatabaseError(
                .fileUnreadable, "cannot read \(definition)", detail: error.localizedDescription)
        }
    }
}

extension TableRebuild {
    /// The migration's file.
    fileprivate func text(of id: MigrationID) -> String {
        """
        \(MigrationTemplate.header(of: id))--
        -- \(table) is made anew, and its rows are copied: SQLite has no other way to change this.

        -- Up Migration
        \(up)
        -- Down Migration (Rollback)
        \(down ?? "-- apus: irreversible \(irreversibleReason ?? "")\n")
        """
    }

    /// What somebody should know before it is run.
    fileprivate var remarks: [String] {
        var remarks: [String] = []
        if !lostColumns.isEmpty {
            remarks.append("lost with the old definition: \(lostColumns.joined(separator: ", "))")
        }
        remarks += lostObjects.map { "left out, as it does not fit: \($0)" }
        remarks += broken
        if let irreversibleReason { remarks.append("no way back: \(irreversibleReason)") }
        return remarks.map { "⚠ \($0)" }
    }
}

import ApusCore
import Foundation
import GRDB

import struct ApusEngine.DatabaseError

/// The rows that say what a database has had.
extension Registry {
    func history(
        in database: Database, withTexts texts: Bool
    ) throws(DatabaseError) -> History {
        let state = try state(in: database)
        guard case .present(let version) = state else { return History(registry: state) }
        var history = History(registry: state)
        let columns = MigrationColumn.allCases.map { $0.sql(withTexts: texts, of: version) }
        history.applied = try mapped {
            let rows = try Row.fetchCursor(
                database,
                sql:
                    "SELECT \(columns.joined(separator: ", ")) FROM \(migrations) ORDER BY position"
            )
            var applied: [AppliedMigration] = []
            while let row = try rows.next() {
                guard let migration = AppliedMigration(row) else {
                    let id: String? = row[.id]
                    throw damaged("the row of \(id ?? "a migration") cannot be read")
                }
                applied.append(migration)
            }
            return applied
        }
        history.unfinished = try unfinished(in: database)
        history.openRuns = try openRuns(in: database)
        history.incomplete = try dataMigrations(in: database, version).filter { $0.state != .done }
        return history
    }

    /// Writes a migration's row. Where another process was faster, the unique id refuses it.
    func insert(
        _ step: Step, record: Step.Record, run: RunID, appliedAt: Timestamp, duration: Duration,
        in database: Database
    ) throws(DatabaseError) {
        try mapped {
            try database.execute(
                sql: """
                    INSERT INTO \(migrations) (id, version, name, checksum, up_meaning, down_meaning,
                        source, down_source, down_transaction, dependencies, minimum_application,
                        irreversible_reason, applied_at, applied_by, duration_us, run, is_baseline)
                    VALUES (:id, :version, :name, :checksum, :up, :down, :source, :downSource,
                        :downTransaction, :dependencies, :minimum, :irreversible, :appliedAt,
                        coalesce((SELECT started_by FROM \(runs) WHERE id = :run), ''),
                        :duration, :run, :baseline)
                    """,
                arguments: try Self.arguments(step.id, record) + [
                    "version": step.id.version.description, "name": step.id.name,
                    "appliedAt": appliedAt.registryText, "duration": duration.microseconds,
                    "run": run.number, "baseline": step.action == .record ? 1 : 0,
                ])
        }
    }

    /// Gives a migration's row what its file determines by now.
    func update(_ step: Step, record: Step.Record, in database: Database) throws(DatabaseError) {
        try mapped {
            try database.execute(
                sql: """
                    UPDATE \(migrations) SET checksum = :checksum, up_meaning = :up,
                        down_meaning = :down, source = :source, down_source = :downSource,
                        down_transaction = :downTransaction, dependencies = :dependencies,
                        minimum_application = :minimum, irreversible_reason = :irreversible
                    WHERE id = :id
                    """,
                arguments: try Self.arguments(step.id, record))
        }
    }

    private static func arguments(
        _ id: MigrationID, _ record: Step.Record
    ) throws -> StatementArguments {
        let (whole, down, transaction): ([UInt8]?, [UInt8]?, Script.Transaction?) =
            switch record.text {
            case .whole(let bytes): (bytes, nil, nil)
            case .down(let bytes, let transaction): (nil, bytes, transaction)
            case .unread, nil: (nil, nil, nil)
            }
        return [
            "id": id.description, "checksum": record.checksum.hex, "up": record.upMeaning.hex,
            "down": record.downMeaning?.hex, "source": whole.map { Data($0) },
            "downSource": down.map { Data($0) }, "downTransaction": transaction?.rawValue,
            "dependencies": try record.dependencies.map(json),
            "minimum": record.minimumApplication?.description,
            "irreversible": record.irreversibleReason,
        ]
    }

    /// Whether a migration has a row.
    func contains(_ id: MigrationID, in database: Database) throws(DatabaseError) -> Bool {
        try mapped {
            try Bool.fetchOne(
                database, sql: "SELECT count(*) > 0 FROM \(migrations) WHERE id = ?",
                arguments: [id.description]) ?? false
        }
    }

    /// Removes a migration's row; says whether there was one.
    func delete(_ id: MigrationID, in database: Database) throws(DatabaseError) -> Bool {
        try mapped {
            // What the migrations applied since left of the schema is not what they would leave now.
            try database.execute(
                sql: """
                    UPDATE \(migrations) SET schema_digest = NULL
                    WHERE position > (SELECT position FROM \(migrations) WHERE id = ?)
                    """,
                arguments: [id.description])
            try database.execute(
                sql: "DELETE FROM \(migrations) WHERE id = ?", arguments: [id.description])
            return database.changesCount == 1
        }
    }

    private static func json(_ ids: [MigrationID]) throws -> String {
        String(decoding: try JSONEncoder().encode(ids.map(\.description)), as: UTF8.self)
    }
}

/// What is asked for of a migration's row, in this order: a thousand rows are read by the columns'
/// places, not by their names.
private enum MigrationColumn: Int, CaseIterable {
    case id, checksum, upMeaning, downMeaning, source, downSource, downTransaction, dependencies
    case minimumApplication, irreversibleReason, appliedAt, appliedBy, duration, run, isBaseline
    case hasText, schemaDigest

    func sql(withTexts texts: Bool, of version: Int) -> String {
        switch self {
        case .id: "id"
        case .checksum: "checksum"
        case .upMeaning: "up_meaning"
        case .downMeaning: "down_meaning"
        case .source: texts ? "source" : "NULL"
        case .downSource: texts ? "down_source" : "NULL"
        case .downTransaction: "down_transaction"
        case .dependencies: "dependencies"
        case .minimumApplication: "minimum_application"
        case .irreversibleReason: "irreversible_reason"
        case .appliedAt: "applied_at"
        case .appliedBy: "applied_by"
        case .duration: "duration_us"
        case .run: "run"
        case .isBaseline: "is_baseline"
        case .hasText: "coalesce(source, down_source) IS NOT NULL"
        case .schemaDigest: version < 2 ? "NULL" : "schema_digest"
        }
    }
}

extension Row {
    fileprivate subscript<Value: DatabaseValueConvertible & StatementColumnConvertible>(
        _ column: MigrationColumn
    ) -> Value { self[column.rawValue] }
}

extension AppliedMigration {
    fileprivate init?(_ row: Row) {
        guard let idText: String = row[.id], let id = MigrationID(idText),
            let checksum = Checksum(hex: row[.checksum]),
            let upMeaning = Checksum(hex: row[.upMeaning]),
            let appliedAt = Timestamp(registryText: row[.appliedAt])
        else { return nil }
        let downMeaning: String? = row[.downMeaning]
        let minimum: String? = row[.minimumApplication]
        let schemaDigest: String? = row[.schemaDigest]
        let duration: Int64 = row[.duration]
        var dependencies: [MigrationID]?
        if let json: String = row[.dependencies] {
            let texts = try? JSONDecoder().decode([String].self, from: Data(json.utf8))
            dependencies = texts?.compactMap { MigrationID($0) }
            guard let dependencies, dependencies.count == texts?.count else { return nil }
        }
        self.init(
            id: id, checksum: checksum, upMeaning: upMeaning,
            downMeaning: downMeaning.flatMap(Checksum.init(hex:)), text: StoredText(row),
            dependencies: dependencies,
            minimumApplication: minimum.flatMap { SemanticVersion($0) },
            irreversibleReason: row[.irreversibleReason], appliedAt: appliedAt,
            appliedBy: row[.appliedBy], duration: .microseconds(duration),
            run: RunID(row[.run]), isBaseline: row[.isBaseline],
            schemaDigest: schemaDigest.flatMap(Checksum.init(hex:)))
    }
}

extension StoredText {
    fileprivate init?(_ row: Row) {
        if let whole: Data = row[.source] {
            self = .whole([UInt8](whole))
        } else if let down: Data = row[.downSource],
            let transaction: String = row[.downTransaction]
        {
            self = .down(
                [UInt8](down), transaction: Script.Transaction(rawValue: transaction) ?? .wrapped)
        } else if row[.hasText] {
            self = .unread
        } else {
            return nil
        }
    }
}

public import ApusCore

/// A data migration that is written in Swift, in the application that embeds Apus.
///
/// Its place in the order, and the rows that it is given, stand in a migration's file:
///
/// ```sql
/// -- Up Migration
/// -- apus: batch table=guests key=id size=500 handler=FillLocale
/// SELECT id, country FROM guests WHERE id BETWEEN :start AND :end AND locale IS NULL;
/// ```
///
/// ```swift
/// struct FillLocale: DataMigration {
///     let name = "FillLocale"
///
///     func perform(_ batch: DataBatch, in session: any DataSession) async throws {
///         for row in batch.rows {
///             try await session.execute(
///                 "UPDATE guests SET locale = $1 WHERE id = $2",
///                 [.text(locale(of: row["country"])), .text(row["id"] ?? "")])
///         }
///     }
/// }
/// migrator.dataMigrations = [FillLocale()]
/// ```
///
/// The batch's transaction is open meanwhile, and is committed together with the note of how far the
/// data migration has come: what throws is rolled back and done again later, so whatever it does
/// outside of the session must bear being repeated.
public protocol DataMigration: Sendable {
    /// What `handler=` in a migration's file calls it.
    var name: String { get }

    /// Does one batch.
    func perform(_ batch: DataBatch, in session: any DataSession) async throws
}

/// The rows of one batch.
public struct DataBatch: Sendable {
    public var migration: MigrationID
    public var columns: [String]
    /// What the file's query gave for this range of keys.
    public var rows: [DataRow]

    public init(migration: MigrationID, columns: [String], rows: [DataRow]) {
        self.migration = migration
        self.columns = columns
        self.rows = rows
    }
}

/// One row, its values as text; `nil` is NULL.
public struct DataRow: Hashable, Sendable {
    public var columns: [String]
    public var values: [String?]

    public init(columns: [String], values: [String?]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column; `nil` for NULL, and where there is no such column.
    public subscript(column: String) -> String? {
        columns.firstIndex(of: column).flatMap { values[$0] }
    }
}

/// What a data migration may do inside of its batch's transaction.
public protocol DataSession: Sendable {
    /// Runs one statement; `$1`, `$2` … in it stand for the parameters. Gives the number of rows that
    /// it changed.
    @discardableResult
    func execute(_ sql: String, _ parameters: [DataValue]) async throws(DatabaseError) -> Int64

    /// Runs one query.
    func rows(of sql: String, _ parameters: [DataValue]) async throws(DatabaseError) -> [DataRow]
}

/// A value for a statement.
public enum DataValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
}

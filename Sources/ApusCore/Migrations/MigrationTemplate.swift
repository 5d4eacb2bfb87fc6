/// The text of a migration that has yet to be written.
///
/// It holds no statement, so that it is refused as `section-empty` until somebody fills it.
public enum MigrationTemplate {
    /// The file of a new migration: header, advice as comments, both markers.
    public static func text(of id: MigrationID, dialect: DatabaseEngine) -> String {
        header(of: id) + """
            --
            -- Before you write (and delete this list when you have):
            --  * One thought a migration: what is done, and undone, together.
            --  * Always write the rollback, and try it: apus migrate, apus rollback \(id.version), apus migrate.
            --  * IF NOT EXISTS and IF EXISTS where an object may have been made or dropped by hand before.
            --  * Index what new queries filter, join and sort by; columns of foreign keys as well.
            --  * Note breaking changes, and what an operator should know, in versions.yaml.
            --  * Never edit a file that has been applied: write the next migration.
            \(transactionHint(dialect))

            -- Up Migration


            -- Down Migration (Rollback)
            -- Undo it in reverse order. Where that is impossible, say why: `apus: irreversible REASON`.


            """
    }

    /// The two header lines of a migration's file.
    public static func header(of id: MigrationID) -> String {
        """
        -- Migration: \(id.version) - \(id.name)
        -- Created: \(created(id.timestamp))

        """
    }

    /// `20250115_103000` as `2025-01-15T10:30:00`.
    private static func created(_ timestamp: String) -> String {
        let digits = Array(timestamp)
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))"
            + "T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))"
    }

    private static func transactionHint(_ dialect: DatabaseEngine) -> String {
        switch dialect {
        case .postgres:
            """
            --  * It runs in one transaction. CREATE INDEX CONCURRENTLY cannot: give it a migration of its own,
            --    with a line `-- apus: no-transaction` directly below the marker.
            """
        case .sqlite:
            """
            --  * It runs in one transaction. To change a column that ALTER TABLE cannot change, make a new
            --    table, copy the rows, drop the old one, rename.
            """
        }
    }
}

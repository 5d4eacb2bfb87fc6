import ApusCore
import ApusEngine
import GRDB
import GRDBSQLite

import struct ApusEngine.DatabaseError

/// Reads how many rows every table has, and a digest of each column.
struct TableReading {
    let registry: Registry
    let interruption: Interruption

    func tables(of database: Database) throws(DatabaseError) -> [TableContents] {
        let names = try mapped {
            try String.fetchAll(
                database,
                sql: """
                    SELECT name FROM pragma_table_list
                    WHERE schema = 'main' AND type = 'table' AND name NOT GLOB 'sqlite_*'
                      AND substr(name, 1, ?) <> ? ORDER BY name
                    """,
                arguments: [registry.prefix.count, registry.prefix])
        }
        return try names.map { (name) throws(DatabaseError) in try contents(name, in: database) }
    }

    private func contents(
        _ table: String, in database: Database
    ) throws(DatabaseError) -> TableContents {
        // Sorted, so that a column which was added again at the end makes no difference.
        let columns = try mapped {
            try String.fetchAll(
                database,
                sql: """
                    SELECT name FROM pragma_table_xinfo(?, 'main') WHERE hidden IN (0, 2, 3)
                    ORDER BY name
                    """,
                arguments: [table])
        }
        let list = columns.map(Self.quoted).joined(separator: ", ")
        let sql = "SELECT \(list) FROM main.\(Self.quoted(table))"
        var digests = [MultisetDigest](repeating: MultisetDigest(), count: columns.count)
        var together = MultisetDigest()
        var rows: Int64 = 0
        try forEachRow(of: sql, in: database.handle) { prepared in
            rows += 1
            var row = ValueHash()
            for column in columns.indices {
                let hash = ValueHash(prepared, CInt(column))
                digests[column].add(hash)
                row.add(hash)
            }
            together.add(row)
        }
        return TableContents(
            name: table, rows: rows,
            columns: Dictionary(zip(columns, digests.map(\.text))) { first, _ in first },
            together: together.text)
    }

    private func forEachRow(
        of sql: String, in handle: OpaquePointer, _ body: (OpaquePointer) -> Void
    ) throws(DatabaseError) {
        var prepared: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &prepared, nil) == SQLITE_OK else {
            throw .last(of: handle)
        }
        defer { sqlite3_finalize(prepared) }
        guard let prepared else { return }
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_ROW: body(prepared)
            case SQLITE_DONE: return
            default:
                if interruption.isCancelled { throw .cancelled }
                throw .last(of: handle)
            }
        }
    }

    private static func quoted(_ name: String) -> String {
        "\"\(name.replacing("\"", with: "\"\""))\""
    }
}

/// 64 bits that tell one value from another by its type and its bytes.
private struct ValueHash {
    // FNV-1a over words, with a final mixing (Stafford's variant 13 of MurmurHash3's): sums of
    // unmixed hashes of small numbers would meet.
    private(set) var bits: UInt64 = 0xcbf2_9ce4_8422_2325

    init() {}

    init(_ prepared: OpaquePointer, _ column: CInt) {
        let type = sqlite3_column_type(prepared, column)
        add(UInt64(type))
        switch type {
        case SQLITE_INTEGER: add(UInt64(bitPattern: sqlite3_column_int64(prepared, column)))
        case SQLITE_FLOAT: add(sqlite3_column_double(prepared, column).bitPattern)
        case SQLITE_NULL: break
        default:
            let start = sqlite3_column_blob(prepared, column)
            let count = Int(sqlite3_column_bytes(prepared, column))
            add(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
        }
        mix()
    }

    mutating func add(_ other: ValueHash) { add(other.bits) }

    private mutating func add(_ word: UInt64) { bits = (bits ^ word) &* 0x100_0000_01b3 }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        add(UInt64(bytes.count))
        var offset = 0
        while offset + 8 <= bytes.count {
            add(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            mix()
            offset += 8
        }
        while offset < bytes.count {
            add(UInt64(bytes[offset]))
            offset += 1
        }
    }

    private mutating func mix() {
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        bits ^= bits >> 31
    }

    /// The hash of a whole row, mixed once more.
    var mixed: UInt64 {
        var copy = self
        copy.mix()
        return copy.bits
    }
}

/// A digest of many values that does not depend on their order, and counts each as often as it is
/// there: sums do.
private struct MultisetDigest {
    private var sum: UInt64 = 0
    /// Of the hashes turned: two columns whose sums happen to meet differ in this one.
    private var turned: UInt64 = 0

    mutating func add(_ value: ValueHash) {
        let hash = value.mixed
        sum &+= hash
        turned &+= (hash << 32 | hash >> 32) &* 0x9e37_79b9_7f4a_7c15
    }

    var text: String { "\(String(sum, radix: 16))-\(String(turned, radix: 16))" }
}

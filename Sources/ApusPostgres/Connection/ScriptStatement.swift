import ApusCore
import ApusEngine
import CLibpq

extension Connection {
    /// Sends one statement of a script, alone and byte for byte, with the data that follows it; the
    /// number of rows as the server counts them.
    ///
    /// Rows that it returns are dropped one at a time, so that memory stays bounded.
    func run(_ statement: Statement, of source: MigrationSource) throws(DatabaseError) -> Int64? {
        let wasSent = source.withBytes { bytes in
            UnsafeRawBufferPointer(rebasing: bytes[statement.range]).withCString {
                PQsendQuery(handle, $0) == 1
            }
        }
        guard wasSent else { throw .lost(self) }
        failpoint("postgres.statement-sent")
        PQsetSingleRowMode(handle)

        var completed = 0
        var rows: Int64?
        var failure: DatabaseError?
        let patience = Patience(isCancellable: true)
        while let result = nextResult(patience, &failure) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_SINGLE_TUPLE:
                break
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                completed += 1
                rows = Int64(String(cString: PQcmdTuples(result)))
            case PGRES_COPY_IN:
                source.withBytes { bytes in
                    let data = statement.copyData ?? 0..<0
                    feed(UnsafeRawBufferPointer(rebasing: bytes[data]))
                }
            case PGRES_COPY_OUT:
                drain()
            case PGRES_COPY_BOTH:
                failure = failure ?? DatabaseError(.statementFailed, "replication is not supported")
                sever(because: failure!.message)
                throw failure!
            default:
                if failure == nil { failure = DatabaseError(result, from: self) }
            }
        }
        if let failure { throw failure }
        guard isAlive else { throw .lost(self) }
        guard completed <= 1 else {
            throw DatabaseError(
                .statementFailed, "the server took this for \(completed) statements, not one")
        }
        return rows
    }

    /// Gives the data of a `COPY … FROM STDIN` to the server, a piece at a time.
    private func feed(_ data: UnsafeRawBufferPointer) {
        var offset = 0
        silence?.heard()
        while offset < data.count, isAlive {
            if cancellation.isRequested {
                PQputCopyEnd(handle, "interrupted")
                return
            }
            let piece = UnsafeRawBufferPointer(
                rebasing: data[offset..<min(offset + 1 << 16, data.count)])
            let taken = piece.withMemoryRebound(to: CChar.self) {
                PQputCopyData(handle, $0.baseAddress, Int32($0.count))
            }
            if taken < 0 { break }
            if taken == 1 { offset += piece.count }
            // libpq would keep what the server does not take: wait until all of it is sent.
            while PQflush(handle) > 0, !cancellation.isRequested {
                if sleep(untilWritable: true, until: nil, orCancelled: true) {
                    guard PQconsumeInput(handle) == 1 else { return }
                }
            }
        }
        PQputCopyEnd(handle, nil)
    }

    /// Reads what a `COPY … TO STDOUT` sends, and drops it.
    private func drain() {
        while true {
            var row: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(handle, &row, 1)
            if let row { PQfreemem(row) }
            if length < 0 { return }
            guard length == 0 else { continue }
            if cancellation.isRequested { cancelStatement() }
            if sleep(untilWritable: false, until: nil, orCancelled: !cancellation.isRequested) {
                guard PQconsumeInput(handle) == 1 else { return }
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// libpq wants a C string: one statement is copied, never the file.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count + 1, alignment: 1)
        defer { copy.deallocate() }
        copy.copyMemory(from: self)
        copy[count] = 0
        return copy.withMemoryRebound(to: CChar.self) { body(UnsafePointer($0.baseAddress!)) }
    }
}

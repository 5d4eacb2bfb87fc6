import GRDB

extension WebBench {
    /// Executes SQL behind everybody's back.
    func execute(_ sql: String) throws {
        try DatabaseQueue(path: folder + "/db.sqlite").write { try $0.execute(sql: sql) }
    }
}

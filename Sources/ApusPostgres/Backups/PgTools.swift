struct PgTools: Sendable {
    var folder: String?
    var searchPath: String
}

import ApusCore

/// `lock_timeout` as a section changes it on its way.
struct LockTimeout {
    /// `nil`: a statement waits for ever.
    private(set) var current: Duration?

    init(_ start: Duration) {
        current = start == .zero ? nil : start
    }

    mutating func take(_ node: SyntaxNode) {
        guard node.is("VariableSetStmt") else { return }
        if node.has("kind", "VAR_RESET_ALL") {
            current = nil
            return
        }
        guard node.text("name")?.lowercased() == "lock_timeout" else { return }
        // DEFAULT and RESET bring back the server's own, which waits for ever unless somebody set it.
        let value = node.list("args").first.flatMap(Self.duration)
        current = value == .zero ? nil : value
    }

    /// `'5s'`, or a number of milliseconds.
    private static func duration(_ argument: SyntaxNode) -> Duration? {
        if let text = argument["sval"]?.text("sval") {
            if let number = Int(text) { return .milliseconds(number) }
            return Duration(readable: text.filter { $0 != " " })
        }
        return argument["ival"].map { .milliseconds($0.number("ival")) }
    }
}

import ApusCore

/// `lock_timeout` as a section changes it on its way.
struct LockTimeout {
    /// `nil`: a statement waits for ever.
    private(set) var current: Duration?

    init(_ start: Duration) {
        current = start == .zero ? nil : start
    }

    mutating func take(_ node: SyntaxNode) {
        if node.is("SelectStmt") {
            for value in node.lockTimeoutsSet {
                let value = Self.duration(value)
                current = value == .zero ? nil : value
            }
            return
        }
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

    /// Whether a statement sets or resets it.
    static func isSet(by node: SyntaxNode) -> Bool {
        if node.is("SelectStmt") { return !node.lockTimeoutsSet.isEmpty }
        return node.is("VariableSetStmt")
            && (node.has("kind", "VAR_RESET_ALL")
                || node.text("name")?.lowercased() == "lock_timeout")
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

extension SyntaxNode {
    /// The constants that calls of `set_config` give it; what is computed cannot be known.
    fileprivate var lockTimeoutsSet: [SyntaxNode] {
        all("FuncCall").compactMap { call in
            let arguments = call.list("args")
            guard call.names("funcname").last == "set_config", arguments.count == 3,
                arguments[0]["sval"]?.text("sval")?.lowercased() == "lock_timeout",
                arguments[1].is("A_Const")
            else { return nil }
            return arguments[1]
        }
    }
}

/// A node of a parse tree, with PostgreSQL's own names for kinds and fields (`parsenodes.h`).
///
/// libpg_query leaves out what is zero, false or empty: a field that is not there reads so.
struct SyntaxNode: Sendable {
    let tree: SyntaxTree
    let index: Int

    /// The node's kind (`IndexStmt`); empty where the field's type says it (`relation` is a RangeVar).
    var kind: String {
        isKind ? String(decoding: tree.key(of: index), as: UTF8.self) : ""
    }

    /// Whether the node is of that kind.
    func `is`(_ kind: StaticString) -> Bool { tree.has(kind, at: index) }

    /// A field that is a node.
    subscript(_ field: StaticString) -> SyntaxNode? { member(field)?.unwrapped }

    /// The nodes of a field that is a list.
    func list(_ field: StaticString) -> [SyntaxNode] {
        guard let list = member(field), list.value.form == .array else { return [] }
        return list.children.map(\.unwrapped)
    }

    /// A text, or the name of an enumeration's case.
    func text(_ field: StaticString) -> String? {
        guard let member = member(field), member.value.form == .string else { return nil }
        return tree.decoded(member.value.text)
    }

    func number(_ field: StaticString) -> Int {
        guard let member = member(field), member.value.form == .word else { return 0 }
        return Int(String(decoding: tree.text[member.value.text], as: UTF8.self)) ?? 0
    }

    func flag(_ field: StaticString) -> Bool {
        guard let member = member(field), member.value.form == .word else { return false }
        return tree.text[member.value.text].elementsEqual("true".utf8)
    }

    /// Whether an enumeration's field has that case.
    func has(_ field: StaticString, _ name: StaticString) -> Bool {
        guard let member = member(field), member.value.form == .string else { return false }
        return name.withUTF8Buffer { tree.text[member.value.text].elementsEqual($0) }
    }

    /// Where the node stands, in bytes from the statement's start; `nil` where the parser keeps no
    /// place for this kind of node.
    var location: Int? {
        let location = number("location")
        return location > 0 ? location : nil
    }

    /// Every node of that kind below this one, in the order of the tree.
    func all(_ kind: StaticString) -> [SyntaxNode] {
        (index + 1..<max(index + 1, value.end)).lazy.filter { tree.has(kind, at: $0) }
            .map { SyntaxNode(tree: tree, index: $0) }
    }

    /// The texts of a list of `String` nodes, such as the parts of a name.
    func names(_ field: StaticString) -> [String] {
        list(field).compactMap { $0.text("sval") }
    }

    private var value: SyntaxTree.Value { tree.values[index] }

    /// Kinds begin with an upper case letter, fields do not.
    private var isKind: Bool {
        tree.key(of: index).first.map { $0 >= 0x41 && $0 <= 0x5A } ?? false
    }

    private var children: [SyntaxNode] {
        var found: [SyntaxNode] = []
        var next = index + 1
        while next < value.end {
            found.append(SyntaxNode(tree: tree, index: next))
            next = tree.values[next].end
        }
        return found
    }

    private func member(_ field: StaticString) -> SyntaxNode? {
        guard value.form == .object else { return nil }
        var next = index + 1
        while next < value.end {
            if tree.has(field, at: next) { return SyntaxNode(tree: tree, index: next) }
            next = tree.values[next].end
        }
        return nil
    }

    /// The node inside of `{"IndexStmt": {…}}`.
    private var unwrapped: SyntaxNode {
        guard value.form == .object, index + 1 < value.end,
            tree.values[index + 1].end == value.end
        else { return self }
        let inner = SyntaxNode(tree: tree, index: index + 1)
        return inner.isKind ? inner : self
    }
}

import HashTreeCollections

/// What is known of one kind, by name.
///
/// A copy shares what does not change: each migration of a folder is judged by the schema before it.
struct Named<Value: Sendable>: Sendable {
    private var tree: TreeDictionary<ObjectName, Value> = [:]
    /// What was made, changed or taken away since ``forgetWritten()``, or may have been.
    private(set) var written: Set<ObjectName> = []

    var isEmpty: Bool { tree.isEmpty }
    var count: Int { tree.count }
    var keys: some Collection<ObjectName> { tree.keys }
    var values: some Collection<Value> { tree.values }

    subscript(_ name: ObjectName) -> Value? {
        get { tree[name] }
        _modify {
            written.insert(name)
            yield &tree[name]
        }
    }

    subscript(_ name: ObjectName, default value: @autoclosure () -> Value) -> Value {
        get { tree[name, default: value()] }
        _modify {
            written.insert(name)
            yield &tree[name, default: value()]
        }
    }

    mutating func removeValue(forKey name: ObjectName) -> Value? {
        written.insert(name)
        return tree.removeValue(forKey: name)
    }

    mutating func removeAll(where isMeant: (ObjectName, Value) -> Bool) {
        for (name, value) in tree where isMeant(name, value) { self[name] = nil }
    }

    mutating func forgetWritten() { written = [] }
}

extension Named: Sequence {
    struct Iterator: IteratorProtocol {
        fileprivate var pairs: TreeDictionary<ObjectName, Value>.Iterator

        mutating func next() -> (key: ObjectName, value: Value)? { pairs.next() }
    }

    func makeIterator() -> Iterator { Iterator(pairs: tree.makeIterator()) }
}

import ApusCore
import ApusEngine

/// `apus.schema/1`: the document that a snapshot writes, behind the keys that every document has.
struct SchemaBody: Encodable {
    var target: TargetBody

    /// The whole document: a line for each object, which is shorter and sooner written than the
    /// usual form.
    static func text(_ schema: SchemaSnapshot, _ target: DatabaseTarget) -> String {
        let head = JSONDocument.line("schema", SchemaBody(target: TargetBody(target)))
        return "\(head.dropLast()),\(schema.document.dropFirst().dropLast())"
    }
}

/// `apus.schema-diff/1`
struct SchemaDiffBody: Encodable {
    var target: TargetBody
    var from: String
    var to: String
    var equal: Bool
    var difference: DifferenceBody
    var exit: Int32

    init(
        _ difference: SchemaDifference, from: String, to: String, _ target: DatabaseTarget,
        _ status: ExitStatus
    ) {
        self.target = TargetBody(target)
        self.from = from
        self.to = to
        equal = difference.isEmpty
        self.difference = DifferenceBody(difference)
        exit = status.rawValue
    }
}

/// A difference of schemas, in `apus.schema-diff/1` and `apus.verify/1`.
struct DifferenceBody: Encodable {
    var added: [SchemaObject]
    var removed: [SchemaObject]
    var changed: [ChangeBody]
    /// The same as readable lines.
    var lines: [String]

    init(_ difference: SchemaDifference) {
        added = difference.added
        removed = difference.removed
        changed = difference.changed.map(ChangeBody.init)
        lines = difference.lines
    }

    struct ChangeBody: Encodable {
        var kind: String
        var name: String
        var attributes: [AttributeBody]

        init(_ change: SchemaDifference.Change) {
            kind = change.kind.rawValue
            name = change.name
            attributes = change.attributes.map {
                AttributeBody(attribute: $0.name, old: $0.old, new: $0.new)
            }
        }
    }

    struct AttributeBody: Encodable {
        var attribute: String
        var old: String?
        var new: String?
    }
}

/// The live schema beside the recorded one, in `apus.verify/1`.
struct SchemaComparisonBody: Encodable {
    /// The run that recorded the schema, or failed to.
    var run: Int64?
    var recordedDigest: String?
    var liveDigest: String
    var difference: DifferenceBody?

    init(_ comparison: SchemaComparison) {
        switch comparison.recorded {
        case .never: break
        case .missing(let run, _): self.run = run.number
        case .left(let run, let digest):
            self.run = run.number
            recordedDigest = digest.hex
        }
        liveDigest = comparison.live.digest.hex
        difference = comparison.difference.map(DifferenceBody.init)
    }
}

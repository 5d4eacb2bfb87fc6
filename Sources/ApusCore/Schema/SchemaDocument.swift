/// Snapshots as text: JSON, always the same bytes for the same objects (FORMATS.md, "Schema
/// documents").
extension SchemaSnapshot {
    /// The snapshot as a JSON document, with one line for each object.
    public var document: String {
        var writer = CanonicalJSON()
        writer.raw("{\"form\":\(format),\"engine\":")
        writer.string(engine.rawValue)
        writer.raw(",\"server\":")
        writer.string(server)
        writer.raw(",\"digest\":")
        writer.string(digest.hex)
        writer.raw(",\"objects\":[")
        for (index, object) in objects.enumerated() {
            writer.raw(index == 0 ? "\n" : ",\n")
            writer.object(object)
        }
        writer.raw("\n]}\n")
        return writer.text
    }

    /// What the digest covers: a line that names format and engine, then a line for each object.
    static func canonicalText(
        _ format: Int, _ engine: DatabaseEngine, _ objects: [SchemaObject]
    ) -> String {
        var writer = CanonicalJSON()
        writer.raw("apus-schema \(format) \(engine.rawValue)\n")
        for object in objects {
            writer.object(object)
            writer.raw("\n")
        }
        return writer.text
    }
}

/// Writes JSON in one way only: no white space, keys in a fixed order, and nothing escaped but `"`,
/// `\` and the control characters below U+0020.
private struct CanonicalJSON {
    private var bytes: [UInt8] = []

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func object(_ object: SchemaObject) {
        raw("{\"kind\":")
        string(object.kind.rawValue)
        raw(",\"name\":")
        string(object.name)
        raw(",\"attributes\":{")
        for (index, attribute) in object.attributes.enumerated() {
            if index > 0 { raw(",") }
            string(attribute.name)
            raw(":")
            string(attribute.text)
        }
        raw("}}")
    }

    mutating func string(_ text: String) {
        raw("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x0A: raw("\\n")
            case 0x0D: raw("\\r")
            case 0x09: raw("\\t")
            case 0x08: raw("\\b")
            case 0x0C: raw("\\f")
            case ..<0x20: raw("\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))")
            default: bytes.append(byte)
            }
        }
        raw("\"")
    }
}

// MARK: Reading

/// Decodes what ``SchemaSnapshot/document`` writes; further keys are passed over.
extension SchemaSnapshot: Codable {
    private enum Key: String, CodingKey {
        // One word, so that no strategy for keys rewrites it.
        case format = "form"
        case engine, server, digest, objects
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let format = try container.decode(Int.self, forKey: .format)
        guard format <= Self.currentFormat else {
            throw DecodingError.dataCorruptedError(
                forKey: .format, in: container,
                debugDescription:
                    "the schema has form \(format), and this Apus knows \(Self.currentFormat)")
        }
        let engine = try container.decode(String.self, forKey: .engine)
        guard let engine = DatabaseEngine(rawValue: engine) else {
            throw DecodingError.dataCorruptedError(
                forKey: .engine, in: container, debugDescription: "no engine is called \(engine)")
        }
        self.init(
            format: format, engine: engine,
            server: try container.decode(String.self, forKey: .server),
            sorted: try container.decode([SchemaObject].self, forKey: .objects).sorted {
                $0.precedes($1)
            })
        guard try container.decode(String.self, forKey: .digest) == digest.hex else {
            throw DecodingError.dataCorruptedError(
                forKey: .digest, in: container,
                debugDescription: "the digest is not that of the objects: the document was edited")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(format, forKey: .format)
        try container.encode(engine.rawValue, forKey: .engine)
        try container.encode(server, forKey: .server)
        try container.encode(digest.hex, forKey: .digest)
        try container.encode(objects, forKey: .objects)
    }
}

extension SchemaObject: Codable {
    private enum Key: String, CodingKey { case kind, name, attributes }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let attributes = try container.decode([String: String].self, forKey: .attributes)
        self.init(
            try container.decode(Kind.self, forKey: .kind),
            try container.decode(String.self, forKey: .name),
            attributes.map { Attribute($0.key, $0.value) })
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(name, forKey: .name)
        try container.encode(
            Dictionary(attributes.map { ($0.name, $0.text) }) { first, _ in first },
            forKey: .attributes)
    }
}

extension MigrationLock {
    /// Why a text is no lock.
    public enum Unreadable: Error, Hashable, Sendable {
        /// The marks of a merge conflict, from that line on.
        case conflict(line: Int)
        case empty
        /// The first line says a format that this Apus does not know.
        case otherFormat(String)
        /// The first line is none of a lock.
        case foreign
        case malformed(line: Int)
        /// The last line has no end.
        case cut(line: Int)
        case duplicate(name: String, line: Int)

        /// Whether nothing is lost by writing the lock anew: it is, or was, one of this format.
        public var isReplaceable: Bool {
            switch self {
            case .otherFormat, .foreign: false
            case .conflict, .empty, .malformed, .cut, .duplicate: true
            }
        }
    }

    /// Reads the file's text.
    ///
    /// Lines end with LF or CRLF; lines that begin with `#` and empty ones are passed over.
    public init(text: String) throws(Unreadable) {
        // Characters would take CR and LF for one.
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                let line = line.last == "\r" ? line.dropLast() : line
                return String(String.UnicodeScalarView(line))
            }
        if let place = lines.firstIndex(where: Self.isConflictMarker) {
            throw .conflict(line: place + 1)
        }
        try Self.checkHeader(lines[0].hasPrefix("\u{FEFF}") ? lines[0].dropFirst() : lines[0][...])
        var entries: [Entry] = []
        var seen: Set<MigrationID> = []
        for (index, line) in lines.enumerated().dropFirst()
        where !line.isEmpty && !line.hasPrefix("#") {
            guard let entry = Self.entry(line, index + 1) else {
                throw index == lines.count - 1 ? .cut(line: index + 1) : .malformed(line: index + 1)
            }
            guard seen.insert(entry.id).inserted else {
                throw .duplicate(name: entry.name, line: index + 1)
            }
            entries.append(entry)
        }
        self.init(entries: entries)
    }

    private static func checkHeader(_ line: Substring) throws(Unreadable) {
        if line == header { return }
        if line.isEmpty { throw .empty }
        let kind = header.prefix { $0 != " " }
        throw line.hasPrefix("\(kind) ")
            ? .otherFormat(String(line.dropFirst(kind.count + 1))) : .foreign
    }

    private static func entry(_ line: String, _ number: Int) -> Entry? {
        let parts = line.split(separator: "  ", maxSplits: 1).map(String.init)
        guard parts.count == 2, let hash = Checksum(hex: parts[0]), parts[1].hasSuffix(".sql"),
            let id = MigrationID(String(parts[1].dropLast(4)))
        else { return nil }
        return Entry(id: id, name: parts[1], hash: hash, line: number)
    }

    private static func isConflictMarker(_ line: String) -> Bool {
        ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].contains { line.hasPrefix($0) }
    }
}

extension MigrationLock.Unreadable {
    /// `lock-file-invalid`, with the line that is wrong.
    ///
    /// - Parameter path: How messages call the file.
    public func diagnostic(path: String) -> Diagnostic {
        let (message, line): (String, Int) =
            switch self {
            case .conflict(let line): ("\(path) holds the marks of a merge conflict", line)
            case .empty: ("\(path) is empty", 1)
            case .otherFormat(let format):
                ("\(path) has format \(format), and this Apus knows 1", 1)
            case .foreign:
                (
                    "\(path) is no lock file of Apus: it does not begin with \"\(MigrationLock.header)\"",
                    1
                )
            case .malformed(let line): ("\(path) has a line that is not HASH  FILE", line)
            case .cut(let line): ("\(path) ends in the middle of a line", line)
            case .duplicate(let name, let line): ("\(path) lists \(name) twice", line)
            }
        return Diagnostic(
            .lockFileInvalid, message, at: SourceLocation(file: path, line: line), help: [help])
    }

    private var help: String {
        switch self {
        case .conflict:
            "keep the migration files of both sides, look at them together, and write the lock anew: apus lock"
        case .otherFormat: "use the Apus that wrote it, or a later one"
        case .foreign: "give it another name, then: apus lock"
        case .empty, .malformed, .cut, .duplicate:
            "get it from version control, or look at the files and write it anew: apus lock"
        }
    }
}

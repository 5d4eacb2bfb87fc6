import ApusCore

/// A script split to its end: the texts of what was found, or the failure that stopped it.
struct SplitOutcome {
    var items: [SplitItem] = []
    var failure: SplitFailure?
    let script: [UInt8]

    init(
        _ script: [UInt8], dialect: DatabaseEngine = .postgres, from: Int = 0, to: Int? = nil,
        recognisesMarkers: Bool = true
    ) {
        self.script = script
        var splitter = StatementSplitter(
            dialect: dialect, from: from, to: to, recognisesMarkers: recognisesMarkers)
        do throws(SplitFailure) {
            while let item = try splitter.next(in: script.span) { items.append(item) }
        } catch {
            failure = error
        }
    }

    init(_ script: String, dialect: DatabaseEngine = .postgres, recognisesMarkers: Bool = true) {
        self.init(Array(script.utf8), dialect: dialect, recognisesMarkers: recognisesMarkers)
    }

    var statements: [Statement] {
        items.compactMap { if case .statement(let statement) = $0 { statement } else { nil } }
    }

    /// The statements' texts.
    var texts: [String] { statements.map { text($0.range) } }

    var kinds: [StatementKind] { statements.map(\.kind) }

    var comments: [String] {
        items.compactMap { if case .comment(let range, _) = $0 { text(range) } else { nil } }
    }

    var markers: [SectionMarker] {
        items.compactMap { if case .marker(let marker, _, _) = $0 { marker } else { nil } }
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: script[range], as: UTF8.self)
    }

    /// The meaning checksum of all statements.
    var meaning: Checksum { meaning(dialect: .postgres) }

    func meaning(dialect: DatabaseEngine) -> Checksum {
        var meaning = MeaningChecksum(dialect: dialect)
        for statement in statements { meaning.add(statement, in: script.span) }
        return meaning.finish()
    }
}

/// A small seeded generator (SplitMix64), so that a failing case can be made again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

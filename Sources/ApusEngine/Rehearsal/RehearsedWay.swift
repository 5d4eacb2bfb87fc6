public import ApusCore

/// The way that a rehearsal went: each step up and down, and the database version at each level.
///
/// Whether a plan was rehearsed can be told from it, also where the plan is only a stretch of the
/// way: a release that is applied in two runs, a run that goes on behind a failure, a rollback.
public struct RehearsedWay: Hashable, Sendable {
    /// What was rehearsed between one level and the next.
    public struct Passage: Hashable, Sendable {
        /// Of the step that applies it.
        public var up: Checksum
        /// Of the step that undoes it; `nil` where it cannot be undone, or that was not rehearsed.
        public var down: Checksum?

        public init(up: Checksum, down: Checksum?) {
            self.up = up
            self.down = down
        }
    }

    /// The database version at each level, the start first; one more than there are passages.
    public private(set) var levels: [SemanticVersion?]
    public private(set) var passages: [Passage] = []

    public init(from start: SemanticVersion?) {
        levels = [start]
    }

    public mutating func append(_ passage: Passage, to level: SemanticVersion?) {
        passages.append(passage)
        levels.append(level)
    }

    /// Whether each step of the plan was rehearsed, in the same order and from the same version.
    public func covers(_ plan: Plan) -> Bool {
        // What takes back a migration that stopped midway stands on no level.
        let whole = plan.steps.filter { $0.direction == .up || $0.settles == nil }
        guard let direction = whole.first?.direction else { return true }
        guard whole.allSatisfy({ $0.direction == direction }) else { return false }
        let steps = whole.map(\.rehearsalDigest)
        return levels.indices.contains { level in
            levels[level] == plan.from
                && (direction == .up ? goesUp(steps, from: level) : goesDown(steps, from: level))
        }
    }

    private func goesUp(_ steps: [Checksum], from start: Int) -> Bool {
        start + steps.count <= passages.count
            && zip(passages[start...], steps).allSatisfy { $0.up == $1 }
    }

    private func goesDown(_ steps: [Checksum], from start: Int) -> Bool {
        start - steps.count >= 0
            && zip(passages[..<start].reversed(), steps).allSatisfy { $0.down == $1 }
    }
}

extension Step {
    /// What identifies the step wherever it stands in a plan: what is run, how, and what it records.
    ///
    /// A step that is resumed counts as the whole one: its beginning was run already. Nor does it
    /// matter whether the text lies in the file or in the history: it is the same text.
    var rehearsalDigest: Checksum {
        var whole = self
        whole.origin = .file
        whole.firstStatement = 0
        whole.settles = nil
        return whole.digest
    }
}

// MARK: As text

extension RehearsedWay {
    /// How a registry keeps it (FORMATS.md, "rehearsals").
    package var text: String {
        var lines = ["apus-rehearsal 1", Self.line(levels[0])]
        for (passage, level) in zip(passages, levels.dropFirst()) {
            lines.append("step \(passage.up.hex) \(passage.down?.hex ?? "-")")
            lines.append(Self.line(level))
        }
        return lines.joined(separator: "\n")
    }

    private static func line(_ level: SemanticVersion?) -> String {
        "level \(level.map(\.description) ?? "-")"
    }

    /// Reads what ``text`` writes; `nil` for anything else, such as the text of a later Apus.
    package init?(text: String) {
        var lines = text.split(separator: "\n")[...]
        guard lines.popFirst() == "apus-rehearsal 1", let start = lines.popFirst(),
            let level = Self.level(start)
        else { return nil }
        self.init(from: level.version)
        while let line = lines.popFirst() {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, words[0] == "step", let up = Checksum(hex: words[1]),
                words[2] == "-" || Checksum(hex: words[2]) != nil,
                let level = lines.popFirst().flatMap(Self.level)
            else { return nil }
            append(Passage(up: up, down: Checksum(hex: words[2])), to: level.version)
        }
    }

    private static func level(_ line: Substring) -> (version: SemanticVersion?, Void)? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 2, words[0] == "level" else { return nil }
        if words[1] == "-" { return (nil, ()) }
        return SemanticVersion(words[1]).map { ($0, ()) }
    }
}

import ApusCore

/// The safe rewrite of one thing that a rule objects to, as data: nothing of it has been written.
struct Fix: Sendable {
    enum Change: Sendable {
        /// This text stands in the part's place, in its transaction.
        case text(String)
        /// The part goes, and these statements run instead, each by itself, outside of a transaction.
        case outside([String])
    }

    /// What changes.
    var part: SectionPart
    var change: Change
    /// An action that is added to the part's `ALTER TABLE`, behind the action that ends there.
    var addition: (text: String, end: Int)?
    /// What undoes the part in the down section. Where the part leaves its section, so does this.
    var partner: SectionPart?
    /// What the partner becomes where the part stays in its section; `nil`: it stays as it is.
    var partnerText: String?
    /// What undoes the statements that leave the section.
    var undo: [String] = []
    /// What remains to be done in a transaction of its own.
    var later: Later?
    /// What the statements behind the part must leave as it is, because some of the work is done behind
    /// them.
    var stake: Stake?

    /// A migration that follows, whole in one transaction.
    struct Later: Sendable {
        var table: ObjectName
        var up: [String]
        var down: [String]
    }
}

/// A part of a section: one action of an `ALTER TABLE`, or a whole statement.
struct SectionPart: Hashable, Sendable {
    var direction: Direction
    /// The statement's bytes, and its number in its section from 0.
    var statement: Range<Int>
    var index: Int
    /// Its own bytes.
    var range: Range<Int>
    /// The bytes of every action of the statement; just the statement, where it has none.
    var siblings: [Range<Int>]
}

/// Why something is not rewritten: one sentence without a final full stop.
struct FixRefusal: Error, Hashable, Sendable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

extension Rule {
    /// How what a rule objects to is rewritten by a machine.
    public struct Remedy: Sendable {
        /// What is written instead; a whole sentence, in Markdown, for the rule's page.
        public var summary: String
        var propose: @Sendable (StatementSubject, Violation) throws(FixRefusal) -> Fix

        init(
            _ summary: String,
            propose: @escaping @Sendable (StatementSubject, Violation) throws(FixRefusal) -> Fix
        ) {
            self.summary = summary
            self.propose = propose
        }
    }
}

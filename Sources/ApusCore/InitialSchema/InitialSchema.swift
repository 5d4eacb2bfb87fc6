/// Turns a live schema's script into a migration: the statements as the up section, and a down
/// section that drops what they make, in reverse order.
public struct InitialSchema: Hashable, Sendable {
    /// The statements of the up section, without their `;`.
    public private(set) var up: [String] = []
    /// The statements of the down section, in the order in which they run.
    public private(set) var down: [String] = []
    /// What is made and no way to drop it is known, by its first words: `CREATE CAST`.
    public private(set) var undroppable: [String] = []

    /// Reads the script of a driver. Throws where it cannot be cut into statements.
    public init(script: String, dialect: DatabaseEngine) throws(Diagnostic) {
        let source = MigrationSource(path: "the schema script", bytes: Array(script.utf8))
        var splitter = StatementSplitter(dialect: dialect, recognisesMarkers: false)
        var drops: [String] = []
        do throws(SplitFailure) {
            while let item = try source.withSpan({ (bytes) throws(SplitFailure) in
                try splitter.next(in: bytes)
            }) {
                guard case .statement(let statement) = item else { continue }
                let tokens = SchemaStatement(statement.range, in: source, dialect: dialect)
                switch tokens.reversal {
                case .leftOut: continue
                case .nothing: break
                case .drop(let drop): drops.append(drop)
                case .unknown(let name): undroppable.append(name)
                }
                up.append(source.text(statement.range))
            }
        } catch {
            throw error.diagnostic(in: source)
        }
        down = Self.unique(drops.reversed())
    }

    /// Whether the script had nothing but settings and the like in it.
    public var makesNothing: Bool { down.isEmpty && undroppable.isEmpty }

    /// The file of the migration.
    public func text(of id: MigrationID) -> String {
        """
        \(MigrationTemplate.header(of: id))-- Written by apus create-initial from the live schema. Read it before you rely on it.

        -- Up Migration

        \(Self.joined(up, by: "\n\n"))

        -- Down Migration (Rollback)
        \(undroppable.isEmpty ? "\n\(Self.joined(down))" : irreversibleSection)

        """
    }

    /// Where something cannot be dropped, the file says so instead of pretending; what is known
    /// stands there as comments, to be completed by hand.
    private var irreversibleSection: String {
        let reasons = Self.unique(undroppable).joined(separator: ", ")
        let known = Self.joined(down).split(separator: "\n", omittingEmptySubsequences: false)
        return """
            -- apus: irreversible no DROP could be derived for: \(reasons)
            -- To make it reversible: add what is missing, take the comment signs away, and the line above.
            \(known.map { "-- \($0)" }.joined(separator: "\n"))
            """
    }

    private static func joined(_ statements: [String], by separator: String = "\n") -> String {
        statements.map { "\($0);" }.joined(separator: separator)
    }

    private static func unique(_ texts: some Sequence<String>) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}

import ApusCore

/// What a run does with the schema: it looks whether it is still what the last run left, and keeps
/// what it leaves itself.
struct RunSchema {
    let session: any DatabaseSession
    /// Taking a snapshot after each of many small steps would cost more than the steps themselves.
    static let stepLimit = 10

    /// Whether an earlier run recorded a schema, or should have.
    private var hasReference = false
    /// The schema that was read last, and the migration that left it.
    private var left: (schema: SchemaSnapshot, by: MigrationID)?

    init(session: any DatabaseSession) {
        self.session = session
    }

    // MARK: Before

    /// A warning where the schema is not what the last run left: this run will record it as it is,
    /// so that nobody would ask again.
    mutating func driftWarning() async -> Diagnostic? {
        do throws(DatabaseError) {
            let run: RunID
            let digest: Checksum
            let recorded = try await session.recordedSchema()
            hasReference = recorded != .never
            switch recorded {
            case .never: return nil
            // Of an older registry's run nobody expects one; of a run that died something is lost.
            case .missing(let last, let status):
                guard status == .running || status == .interrupted else { return nil }
                return SchemaComparison.unrecorded(last, status)
            case .left(let last, let left): (run, digest) = (last, left)
            }
            let live = try await session.schema()
            guard live.digest != digest else { return nil }
            guard let before = try await session.recordedSchema(digest) else {
                return SchemaDrift.unnamed(since: run, severity: .warning)
            }
            return SchemaDrift.finding(
                .between(before, live), since: run, severity: .warning,
                recordedOn: before.serverRelease, liveOn: live.serverRelease)
        } catch {
            return Self.warning(
                "the schema could not be compared with what the last run left", error)
        }
    }

    // MARK: Meanwhile

    /// Whether what a step leaves is kept, before the next one changes it.
    static func isRecorded(after step: Step, of count: Int) -> Bool {
        step.direction == .up && count <= stepLimit
    }

    /// Keeps what a migration left, before the next one changes it.
    mutating func record(after step: Step, of count: Int) async -> Diagnostic? {
        left = nil
        guard Self.isRecorded(after: step, of: count) else { return nil }
        do throws(DatabaseError) {
            let schema = try await session.schema()
            left = (schema, step.id)
            try await session.recordSchema(schema, after: step.id)
            return nil
        } catch {
            return Self.warning("the schema that \(step.id.title) left is not recorded", error)
        }
    }

    // MARK: After

    /// What the run leaves, for its row. A run without any effect records nothing: what was changed by hand
    /// before it is still to be found behind it.
    func end(of report: Report) async -> (
        schema: SchemaSnapshot?, migration: MigrationID?, warning: Diagnostic?
    ) {
        let hasEffect = report.outcomes.contains { $0.failure?.effect != .unchanged }
        guard hasEffect || !hasReference else { return (nil, nil, nil) }
        let newest = Self.newest(report)
        if let left, left.by == newest { return (left.schema, newest, nil) }
        do throws(DatabaseError) {
            return (try await session.schema(), newest, nil)
        } catch {
            return (nil, nil, Self.warning("the schema that the run left is not recorded", error))
        }
    }

    /// The migration that left the schema as it is, where the last thing that took effect was to
    /// apply one.
    private static func newest(_ report: Report) -> MigrationID? {
        guard let last = report.outcomes.last else { return nil }
        if let failure = last.failure {
            guard failure.effect == .unchanged else { return nil }
            let before = report.outcomes.dropLast().last
            return before?.direction == .up ? before?.id : nil
        }
        return last.direction == .up ? last.id : nil
    }

    /// A warning where a rollback came back to a migration, and not to the schema that it left.
    func rollbackWarning(
        _ report: Report, _ history: History, _ live: SchemaSnapshot
    ) async -> Diagnostic? {
        let undone = Set(report.outcomes.lazy.map(\.id))
        guard report.failure == nil, report.outcomes.last?.direction == .down,
            let newest = history.applied.last(where: { !undone.contains($0.id) }),
            let digest = newest.schemaDigest, digest != live.digest,
            // What was undone below it changed the schema as well.
            !history.applied.prefix(while: { $0.id != newest.id }).contains(where: {
                undone.contains($0.id)
            })
        else { return nil }
        do throws(DatabaseError) {
            let before = try await session.recordedSchema(digest)
            return SchemaDrift.notRestored(newest.id, before.map { .between($0, live) })
        } catch {
            return SchemaDrift.notRestored(newest.id, nil)
        }
    }

    private static func warning(_ message: String, _ error: DatabaseError) -> Diagnostic {
        var warning = error.diagnostic
        warning.code = .schemaUnrecorded
        warning.severity = .warning
        warning.message = "\(message): \(warning.message)"
        return warning
    }
}

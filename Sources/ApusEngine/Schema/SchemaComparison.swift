public import ApusCore

/// The live schema beside what the latest run left.
public struct SchemaComparison: Sendable {
    public var recorded: RecordedSchema
    public var live: SchemaSnapshot
    /// What has changed since; `nil` where there is nothing to compare with.
    public var difference: SchemaDifference?
    /// What is to be said about it.
    public var findings: [Diagnostic]

    /// `nil` where there is no registry, so that nothing was ever recorded. Changes nothing.
    static func withRecorded(
        _ session: any DatabaseSession
    ) async throws(DatabaseError) -> SchemaComparison? {
        let recorded = try await session.recordedSchema()
        switch recorded {
        case .never: return nil
        case .missing(let run, let status):
            return SchemaComparison(
                recorded: recorded, live: try await session.schema(),
                findings: [unrecorded(run, status)])
        case .left(let run, let digest):
            let live = try await session.schema()
            guard live.digest != digest else {
                return SchemaComparison(
                    recorded: recorded, live: live,
                    difference: SchemaDifference(), findings: [])
            }
            guard let before = try await session.recordedSchema(digest) else {
                return SchemaComparison(
                    recorded: recorded, live: live, findings: [SchemaDrift.unnamed(since: run)])
            }
            let difference = SchemaDifference.between(before, live)
            let finding = SchemaDrift.finding(
                difference, since: run, recordedOn: before.serverRelease,
                liveOn: live.serverRelease)
            return SchemaComparison(
                recorded: recorded, live: live, difference: difference,
                findings: finding.map { [$0] } ?? [])
        }
    }

    /// That nobody can say what was changed by hand since.
    static func unrecorded(_ run: RunID, _ status: RunStatus) -> Diagnostic {
        let reason =
            switch status {
            case .running: "run \(run) goes on, or was interrupted"
            case .interrupted: "run \(run) was interrupted"
            case .succeeded, .failed: "run \(run) recorded none"
            }
        return Diagnostic(
            .schemaUnrecorded, "the schema is not compared with what the last run left: \(reason)",
            severity: .warning, help: ["the next run that changes something records it"])
    }
}

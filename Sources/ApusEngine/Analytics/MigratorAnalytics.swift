public import ApusCore

extension Migrator {
    /// What the journal of this database says, and how long what is pending will take. Changes
    /// nothing.
    ///
    /// - Parameters:
    ///   - environment: The name of this one, beside the others.
    ///   - others: What other databases' journals said: see ``FiguresFile``.
    public func analytics(
        environment: String, besides others: [EnvironmentFigures] = []
    ) async throws(Diagnostics) -> Analytics {
        let survey = try folder.survey(knowing: lookCache)
        return try await withLook { (session) throws(Diagnostics) in
            let state = try await state(survey, session)
            let measurements = try await asking { () async throws(DatabaseError) in
                try await session.measurements()
            }
            let beyond = Set(state.beyondTarget.map(\.id))
            let waiting = state.migrations.filter { [.pending, .late].contains($0.status) }.map(
                \.id)
            let pending = waiting.filter { !beyond.contains($0) }
            let own = EnvironmentFigures(
                environment: environment, engine: driver.engine, measurements,
                history: state.history, pending: waiting + Array(survey.invalid),
                catalogue: catalogue)
            return Analytics(own: own, others: others, pending: pending)
        }
    }
}

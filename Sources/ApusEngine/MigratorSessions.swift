import ApusCore

/// The sessions that a migrator opens.
extension Migrator {
    /// Opens a session for as long as `body` runs, and closes it whatever happens.
    func withSession<Result: Sendable>(
        _ body: (any DatabaseSession) async throws(Diagnostics) -> Result
    ) async throws(Diagnostics) -> Result {
        let session = try await asking { () async throws(DatabaseError) in
            try await Self.session(of: driver)
        }
        return try await over(session, body)
    }

    /// The same, and meanwhile does work that needs no session: reading files takes as long as
    /// connecting does. What the work throws goes before what keeps the session from being opened.
    func withSession<Value: Sendable, Result: Sendable>(
        beside work: () throws(Diagnostics) -> Value,
        _ body: (Value, any DatabaseSession) async throws(Diagnostics) -> Result
    ) async throws(Diagnostics) -> Result {
        // Not a part of this task: a broken file is told without waiting for a server.
        let opening = Task { await self.opened() }
        let value: Value
        do throws(Diagnostics) {
            value = try work()
        } catch {
            Task { if case .success(let session) = await opening.value { await session.close() } }
            throw error
        }
        let session: any DatabaseSession
        switch await opening.value {
        case .success(let opened): session = opened
        case .failure(let error): throw Diagnostics([error.diagnostic])
        }
        return try await over(session) { (session) throws(Diagnostics) in
            try await body(value, session)
        }
    }

    /// Runs `body` over a new session, which is closed behind it.
    private func over<Result: Sendable>(
        _ session: any DatabaseSession,
        _ body: (any DatabaseSession) async throws(Diagnostics) -> Result
    ) async throws(Diagnostics) -> Result {
        failpoint("session.opened")
        let result = try await using(session, isNew: true, body)
        await session.close()
        return result
    }

    /// The same for a look, over the session of the last one where that was kept. What fails there is
    /// asked again over a new one: the old one may have died meanwhile.
    func withLook<Result: Sendable>(
        _ body: (any DatabaseSession) async throws(Diagnostics) -> Result
    ) async throws(Diagnostics) -> Result {
        guard let lookCache, let time = driver.looksAreKeptFor else {
            return try await withSession(body)
        }
        if let kept = lookCache.session.take(of: driver.target) {
            do throws(Diagnostics) {
                let result = try await using(kept.session, isNew: false, body)
                await lookCache.session.keep(kept, for: time)
                return result
            } catch {
                if Task.isCancelled { throw error }
            }
        }
        let session = try await asking { () async throws(DatabaseError) in
            try await Self.look(at: driver)
        }
        let result = try await using(session, isNew: true, body)
        await lookCache.session.keep(.init(session: session, target: driver.target), for: time)
        return result
    }

    /// The same, with work that needs no session.
    func withLook<Value: Sendable, Result: Sendable>(
        beside work: () throws(Diagnostics) -> Value,
        _ body: (Value, any DatabaseSession) async throws(Diagnostics) -> Result
    ) async throws(Diagnostics) -> Result {
        guard lookCache != nil, driver.looksAreKeptFor != nil else {
            return try await withSession(beside: work, body)
        }
        let value = try work()
        return try await withLook { (session) throws(Diagnostics) in
            try await body(value, session)
        }
    }

    /// Closes the session where `body` throws.
    private func using<Result: Sendable>(
        _ session: any DatabaseSession, isNew: Bool,
        _ body: (any DatabaseSession) async throws(Diagnostics) -> Result
    ) async throws(Diagnostics) -> Result {
        do throws(Diagnostics) {
            if isNew, let connected {
                connected(
                    try await asking { () async throws(DatabaseError) in
                        try await session.facts()
                    })
            }
            return try await body(session)
        } catch {
            await session.close()
            throw error
        }
    }

    private static func session(
        of driver: some Driver
    ) async throws(DatabaseError) -> any DatabaseSession { try await driver.openSession() }

    private func opened() async -> Result<any DatabaseSession, DatabaseError> {
        do throws(DatabaseError) {
            return .success(try await Self.session(of: driver))
        } catch {
            return .failure(error)
        }
    }

    private static func look(
        at driver: some Driver
    ) async throws(DatabaseError) -> any DatabaseSession { try await driver.openLook() }
}

/// Turns what a driver throws into what everything above it throws.
func asking<Result: Sendable>(
    _ body: () async throws(DatabaseError) -> Result
) async throws(Diagnostics) -> Result {
    do throws(DatabaseError) {
        return try await body()
    } catch {
        throw Diagnostics([error.diagnostic])
    }
}

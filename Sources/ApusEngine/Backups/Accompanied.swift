import ApusCore

/// Does some work while `watch` looks after something else every `interval`; what a look throws ends
/// the work, and is thrown in its place.
func accompanied<Result: Sendable>(
    every interval: Duration = .seconds(1),
    _ work: @escaping @Sendable () async throws(DatabaseError) -> Result,
    by watch: @escaping @Sendable () async throws(DatabaseError) -> Void
) async throws(DatabaseError) -> Result {
    let outcome = await withTaskGroup { group in
        group.addTask {
            do throws(DatabaseError) {
                return Half.work(.success(try await work()))
            } catch {
                return Half.work(.failure(error))
            }
        }
        group.addTask {
            do {
                while true {
                    try await Task.sleep(for: interval)
                    try await watch()
                }
            } catch let error as DatabaseError {
                return Half<Result>.watch(error)
            } catch {
                return Half<Result>.watch(nil)
            }
        }
        var objection: DatabaseError?
        for await half in group {
            switch half {
            case .work(.success(let result)):
                group.cancelAll()
                return Swift.Result<Result, DatabaseError>.success(result)
            case .work(.failure(let error)):
                group.cancelAll()
                return .failure(objection ?? error)
            case .watch(let error):
                objection = error
                if error != nil { group.cancelAll() }
            }
        }
        return .failure(DatabaseError(.internalError, "work that never ended"))
    }
    return try outcome.get()
}

private enum Half<Result: Sendable>: Sendable {
    case work(Swift.Result<Result, DatabaseError>)
    case watch(DatabaseError?)
}

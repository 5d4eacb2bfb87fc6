import ApusCore

/// Does two pieces of work at the same time. Where one fails the other is cancelled and waited for; what
/// failed first is thrown.
package func together<First: Sendable, Second: Sendable>(
    _ first: @escaping @Sendable () async throws(DatabaseError) -> First,
    _ second: @escaping @Sendable () async throws(DatabaseError) -> Second
) async throws(DatabaseError) -> (First, Second) {
    let outcome = await withTaskGroup { group in
        group.addTask {
            do throws(DatabaseError) {
                return Piece<First, Second>.first(try await first())
            } catch {
                return .failure(error)
            }
        }
        group.addTask {
            do throws(DatabaseError) {
                return Piece<First, Second>.second(try await second())
            } catch {
                return .failure(error)
            }
        }
        var (one, other): (First?, Second?) = (nil, nil)
        var failure: DatabaseError?
        for await piece in group {
            switch piece {
            case .first(let value): one = value
            case .second(let value): other = value
            case .failure(let error):
                failure = failure ?? error
                group.cancelAll()
            }
        }
        guard let one, let other else {
            return Result<(First, Second), DatabaseError>.failure(
                failure ?? DatabaseError(.internalError, "work that never ended"))
        }
        return .success((one, other))
    }
    return try outcome.get()
}

private enum Piece<First: Sendable, Second: Sendable>: Sendable {
    case first(First)
    case second(Second)
    case failure(DatabaseError)
}

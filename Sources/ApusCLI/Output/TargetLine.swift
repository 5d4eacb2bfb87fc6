import ApusCore
import ApusEngine
import Synchronization

extension Project {
    /// The first line of every report: which database, and where that setting came from.
    ///
    /// `name` of the configuration goes before it, where it says more than the database's own.
    func targetLine(_ target: DatabaseTarget, product: String) -> String {
        let source = settings[.databaseURL]?.source ?? "default"
        let place =
            target.name == target.location ? target.name : "\(target.name) @ \(target.location)"
        let name = settings.text(.name).flatMap { name in
            target.name == name || target.name.hasPrefix("\(name).") ? nil : "\(name) · "
        }
        return "\(name ?? "")\(place) · \(product) · \(environment) (from \(source))"
    }

    /// Prints the target's line before anything is asked of the database.
    func announce(_ migrator: Migrator) {
        console.print(
            targetLine(migrator.driver.target, product: migrator.driver.engine.displayName))
    }

    /// Does something with the database, and prints the target above whatever comes of it: with the
    /// server's version, where it answered.
    func announcing<Result: Sendable>(
        _ migrator: Migrator, isQuiet: Bool = false,
        _ body: (Migrator) async throws(Diagnostics) -> Result
    ) async throws(Diagnostics) -> Result {
        let announcement = Announcement { [self] product in
            if !isQuiet { console.print(targetLine(migrator.driver.target, product: product)) }
        }
        var announcing = migrator
        announcing.connected = { announcement.make($0.product) }
        // Where nobody was asked, or nobody answered, the engine is all that is known.
        defer { announcement.make(migrator.driver.engine.displayName) }
        return try await body(announcing)
    }
}

/// The target's line, printed once.
private final class Announcement: Sendable {
    private let isMade = Mutex(false)
    private let print: @Sendable (String) -> Void

    init(_ print: @escaping @Sendable (String) -> Void) {
        self.print = print
    }

    func make(_ product: String) {
        let isFirst = isMade.withLock { isMade in
            defer { isMade = true }
            return !isMade
        }
        if isFirst { print(product) }
    }
}

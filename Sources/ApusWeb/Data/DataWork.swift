import ApusCore
import ApusEngine
import Logging

/// Works on the data migrations that were left to the background, for as long as the pages are served.
actor DataWork {
    private let migrator: @Sendable () -> Migrator
    private let logger: Logger
    private var task: Task<Void, Never>?

    init(migrator: @escaping @Sendable () -> Migrator, logger: Logger) {
        self.migrator = migrator
        self.logger = logger
    }

    func start() {
        guard task == nil else { return }
        task = Task { [migrator, logger] in
            while !Task.isCancelled {
                do throws(Diagnostics) {
                    // A session is held only while there is something to do.
                    if try await migrator().dataProgress().contains(where: { $0.state == .open }) {
                        _ = try await migrator().work(until: .whenIdle) { Self.log($0, logger) }
                    }
                } catch {
                    if Task.isCancelled { return }
                    logger.warning(
                        "data migrations cannot be worked on",
                        metadata: ["reason": "\(error.all[0].message)"])
                }
                try? await Task.sleep(for: .seconds(15))
            }
        }
    }

    /// Ends behind the batch that goes on, which is rolled back.
    func stop() async {
        task?.cancel()
        await task?.value
    }

    private static func log(_ event: DataWorkEvent, _ logger: Logger) {
        switch event {
        case .begun(let progress):
            logger.info(
                "data migration begun", metadata: ["migration": "\(progress.migration)"])
        case .completed(let id):
            logger.info("data migration complete", metadata: ["migration": "\(id)"])
        case .stopped(let id, let state, let problem):
            logger.error(
                "data migration stopped",
                metadata: [
                    "migration": "\(id)", "state": "\(state.rawValue)",
                    "reason": "\(problem?.message ?? "")",
                ])
        case .needsHandler(let id, let name):
            logger.debug(
                "data migration left to the application",
                metadata: ["migration": "\(id)", "handler": "\(name)"])
        case .step, .elsewhere: break
        }
    }
}

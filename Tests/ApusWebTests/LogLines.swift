import Logging
import Synchronization

/// What was logged, a line each: level, message, metadata in the order of their names.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    static var none: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
            let line = (["\(event.level)", "\(event.message)"] + facts).joined(separator: " ")
            lines.lines.withLock { $0.append(line) }
        }
    }
}

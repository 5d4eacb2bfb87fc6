import ApusCore
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where output goes and how it may look: reports to standard output, warnings, errors and progress
/// to standard error.
final class Console: Sendable {
    /// What a part of a report is, for its colour.
    enum Role: Sendable { case good, pending, bad, warning, faint, strong }

    let verbosity: Verbosity
    let isJSON: Bool
    private let coloursOutput: Bool
    private let coloursErrors: Bool
    /// Whether a line may be drawn over: standard error is a terminal that can move its cursor. Asked
    /// once, because every statement of a script may draw.
    let drawsProgress: Bool
    /// Whether the last thing on standard error is a progress line that must be wiped first.
    private let hasProgressLine = Mutex(false)

    enum Verbosity: Int, Comparable, Sendable {
        case quiet, normal, verbose
        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    init(colour: ColourChoice, verbosity: Verbosity, isJSON: Bool, environment: [String: String]) {
        self.verbosity = verbosity
        self.isJSON = isJSON
        func colours(_ descriptor: Int32) -> Bool {
            switch colour {
            case .always: true
            case .never: false
            case .auto:
                isatty(descriptor) == 1 && environment["NO_COLOR", default: ""].isEmpty
                    && environment["TERM"] != "dumb"
            }
        }
        coloursOutput = colours(1)
        coloursErrors = colours(2)
        drawsProgress = isatty(2) == 1 && !isJSON && verbosity > .quiet && coloursErrors
    }

    /// Whether a person can be asked: both ends of the conversation are terminals.
    var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 && !isJSON }

    // MARK: Reports

    /// A line of the report.
    func print(_ line: String = "") {
        guard !isJSON, verbosity > .quiet else { return }
        wipeProgress()
        write(line + "\n", to: 1)
    }

    /// A line of the report that `-q` leaves standing: the answer itself.
    func answer(_ line: String) {
        guard !isJSON else { return }
        wipeProgress()
        write(line + "\n", to: 1)
    }

    /// The whole document of `--json`.
    func document(_ text: String) { write(text + "\n", to: 1) }

    func paint(_ text: String, _ role: Role) -> String {
        coloursOutput ? Self.paint(text, role) : text
    }

    // MARK: Errors and progress

    /// A diagnostic, on standard error.
    func report(_ diagnostic: Diagnostic) {
        if diagnostic.severity != .error, verbosity == .quiet { return }
        wipeProgress()
        let coloursErrors = coloursErrors
        let renderer = DiagnosticRenderer { text, role in
            guard coloursErrors else { return text }
            return switch role {
            case .error, .caret: Self.paint(text, .bad)
            case .warning: Self.paint(text, .warning)
            case .notice, .gutter: Self.paint(text, .faint)
            case .label: Self.paint(text, .strong)
            }
        }
        write(renderer.render(diagnostic) + "\n", to: 2)
    }

    /// A line about what is going on, on standard error.
    func note(_ line: String) {
        guard verbosity > .quiet else { return }
        wipeProgress()
        write(line + "\n", to: 2)
    }

    /// A line that the next one replaces; only on a terminal.
    func progress(_ line: String) {
        guard drawsProgress else { return }
        hasProgressLine.withLock { $0 = true }
        write("\r\u{1B}[2K\(line)", to: 2)
    }

    private func wipeProgress() {
        let had = hasProgressLine.withLock { state in
            defer { state = false }
            return state
        }
        if had { write("\r\u{1B}[2K", to: 2) }
    }

    /// Asks on the terminal; `nil` at the end of input.
    func ask(_ question: String) -> String? {
        wipeProgress()
        write(question + " ", to: 2)
        return readLine()
    }

    private static func paint(_ text: String, _ role: Role) -> String {
        let code =
            switch role {
            case .good: "32"
            case .pending: "36"
            case .bad: "31"
            case .warning: "33"
            case .faint: "2"
            case .strong: "1"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    /// A closed pipe ends the output, not the run: the database comes first.
    private func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, base, count)
}

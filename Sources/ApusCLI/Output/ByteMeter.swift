import ApusCore
import ApusEngine
import Synchronization

/// Bytes that grow, as a bar with their rate: `███████░░░ 68 %  1.2 GB of about 1.8 GB  85.0 MB/s`.
final class ByteMeter: Sendable {
    private struct Course {
        var phase = ""
        var start = ContinuousClock.now
    }

    private let course = Mutex(Course())

    /// - Parameter phase: with another one the clock starts again.
    func line(_ phase: String, _ bytes: Int64, of expected: Int64?) -> String {
        let elapsed = course.withLock { course in
            if course.phase != phase { course = Course(phase: phase) }
            return ContinuousClock.now - course.start
        }
        var parts: [String] = []
        if let expected, expected > 0 {
            // A guess may be exceeded; the end is reached when it is said.
            let fraction = min(0.99, Double(bytes) / Double(expected))
            parts.append("\(Wording.bar(fraction)) \(Int(fraction * 100)) %")
            parts.append("\(Wording.bytes(bytes)) of about \(Wording.bytes(expected))")
        } else {
            parts.append(Wording.bytes(bytes))
        }
        let seconds = Double(elapsed.microseconds) / 1_000_000
        if seconds >= 1, bytes > 0 {
            parts.append("\(Wording.bytes(Int64(Double(bytes) / seconds)))/s")
        }
        return parts.joined(separator: "  ")
    }
}

extension BackupProgress.Phase {
    /// What is being done with the bytes.
    var words: String {
        switch self {
        case .writing: "writing"
        case .hashing: "hashing"
        case .readingBack: "reading back"
        }
    }
}

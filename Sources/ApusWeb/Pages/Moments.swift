import ApusCore
import ApusEngine
import Foundation

/// Reads the moments that manifests keep as text.
enum Moments {
    static func parsed(_ iso: String) -> Timestamp? {
        (try? Date(iso, strategy: .iso8601)).map {
            Timestamp(microseconds: Int64(($0.timeIntervalSince1970 * 1_000_000).rounded()))
        }
    }

    static func ago(_ iso: String, _ now: Timestamp) -> String {
        parsed(iso).map { Words.ago($0, now) } ?? "at an unknown time"
    }
}

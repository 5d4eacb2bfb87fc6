import ApusCore
import ApusEngine

extension StepLocks {
    /// `waited 1.23 s for pid 4121 (ana, psql, idle in transaction), tried again 2 times`
    var sentence: String {
        Self.sentence(waited: waited, retries: retries, holder: holder)
    }

    static func sentence(waited: Duration, retries: Int, holder: String?) -> String {
        var parts: [String] = []
        if waited > .zero {
            parts.append("waited \(Wording.duration(waited)) for \(holder ?? "a lock")")
        }
        if retries > 0 { parts.append("tried again \(Wording.count(retries, "time"))") }
        return parts.joined(separator: ", ")
    }
}

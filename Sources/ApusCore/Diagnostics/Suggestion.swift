/// Finds what somebody probably meant.
public enum Suggestion {
    /// The candidate that is the fewest edits away from a word; `nil` when none is near.
    ///
    /// An edit inserts, removes or replaces a character, or swaps two neighbours; letter case costs
    /// nothing. Near means a third of the longer word at most, and always at least one edit. Among
    /// equally near candidates the first wins.
    public static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
        let wanted = Array(word.lowercased())
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let offered = Array(candidate.lowercased())
            let limit = max(1, max(wanted.count, offered.count) / 3)
            guard abs(wanted.count - offered.count) <= limit else { continue }
            let distance = editDistance(wanted, offered)
            // One edit turns any single character into any other: that is no resemblance.
            guard distance <= limit, distance < max(wanted.count, offered.count) || distance == 0
            else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// The optimal string alignment distance, three rows of its table at a time.
    private static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let replaced = previous[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
                var distance = min(previous[column] + 1, current[column - 1] + 1, replaced)
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    distance = min(distance, beforePrevious[column - 2] + 1)
                }
                current.append(distance)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}

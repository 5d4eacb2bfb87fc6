/// How one text became another, line by line.
enum TextDifference {
    struct Line: Sendable {
        /// `gone`, `new`, or empty for a line that is in both.
        var style: String
        var sign: String
        /// For those who do not see the colour.
        var word: String?
        var before: String
        var after: String
        var text: String
    }

    /// Every line that differs, with three around it; `…` stands for what is left out.
    static func lines(from old: String, to new: String) -> [Line] {
        let old = TextLines.of(old)
        let new = TextLines.of(new)
        guard old.count + new.count <= mostLines else { return [] }
        let changes = new.difference(from: old)
        let removed = Set(changes.removals.map(offset))
        let inserted = Set(changes.insertions.map(offset))
        var all: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, removed.contains(left) {
                all.append(
                    Line(
                        style: "gone", sign: "−", word: "was", before: String(left + 1), after: "",
                        text: old[left]))
                left += 1
            } else if right < new.count, inserted.contains(right) {
                all.append(
                    Line(
                        style: "new", sign: "+", word: "is", before: "", after: String(right + 1),
                        text: new[right]))
                right += 1
            } else {
                all.append(
                    Line(
                        style: "", sign: " ", before: String(left + 1), after: String(right + 1),
                        text: left < old.count ? old[left] : ""))
                left += 1
                right += 1
            }
        }
        return near(all)
    }

    private static func offset(_ change: CollectionDifference<String>.Change) -> Int {
        switch change {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }

    private static let mostLines = 20_000

    private static func near(_ all: [Line]) -> [Line] {
        let changed = all.indices.filter { !all[$0].style.isEmpty }
        let kept = Set(changed.flatMap { max(0, $0 - 3)...min(all.count - 1, $0 + 3) })
        var result: [Line] = []
        for index in all.indices {
            if kept.contains(index) {
                result.append(all[index])
            } else if index == 0 || kept.contains(index - 1) {
                result.append(Line(style: "", sign: "", before: "…", after: "…", text: ""))
            }
        }
        return changed.isEmpty ? [] : result
    }
}

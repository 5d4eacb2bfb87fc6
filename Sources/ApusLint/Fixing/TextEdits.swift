/// Replacements in a file's bytes, which do not overlap.
struct TextEdits {
    private var edits: [(range: Range<Int>, text: String)] = []

    mutating func replace(_ range: Range<Int>, with text: String) {
        edits.append((range, text))
    }

    mutating func insert(_ text: String, at offset: Int) {
        edits.append((offset..<offset, text))
    }

    /// Takes actions out of the list of an `ALTER TABLE` that keeps at least one of them.
    mutating func remove(_ actions: Set<Range<Int>>, from all: [Range<Int>]) {
        guard let kept = all.lastIndex(where: { !actions.contains($0) }) else { return }
        for index in all.indices where index < kept && actions.contains(all[index]) {
            replace(all[index].lowerBound..<all[index + 1].lowerBound, with: "")
        }
        if let last = all.last, kept < all.count - 1 {
            replace(all[kept].upperBound..<last.upperBound, with: "")
        }
    }

    func applied(to bytes: [UInt8]) -> [UInt8] {
        // Texts of ours end their lines as the file does.
        let hasReturns = bytes.firstIndex(of: 0x0A).map { $0 > 0 && bytes[$0 - 1] == 0x0D } ?? false
        var result: [UInt8] = []
        var offset = 0
        for edit in edits.sorted(by: {
            // What is inserted stands before what is replaced there.
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }) {
            result += bytes[offset..<edit.range.lowerBound]
            let text = edit.text.replacing("\r\n", with: "\n")
            result += Array((hasReturns ? text.replacing("\n", with: "\r\n") : text).utf8)
            offset = edit.range.upperBound
        }
        return result + bytes[offset...]
    }
}

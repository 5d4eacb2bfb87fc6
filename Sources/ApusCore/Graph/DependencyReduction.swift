/// The dependencies without those that follow from others: the transitive reduction.
///
/// A folder without declarations, in which everything depends on all before it, comes out as the
/// chain that it is.
///
/// What each migration reaches is a row of bits. The columns are worked off in blocks, so that the
/// memory stays proportional to the number of migrations; the time is that of (migrations +
/// dependencies) × migrations / 64 operations on words, some milliseconds for thousands.
struct DependencyReduction {
    /// By index into ``DependencyGraph/sorted``: what is needed directly, as ascending indices.
    private(set) var needs: [[Int]]

    private static let wordsPerBlock = 32

    init(_ graph: DependencyGraph) {
        let count = graph.sorted.count
        needs = Array(repeating: [], count: count)
        let order = graph.order.compactMap { graph.indices[$0] }
        for start in stride(from: 0, to: count, by: Self.wordsPerBlock * 64) {
            reduce(graph.needs, order, from: start)
        }
    }

    /// Finds the direct needs among the block of columns that begins at `start`.
    private mutating func reduce(_ declared: [[Int]?], _ order: [Int], from start: Int) {
        let words = Self.wordsPerBlock
        var reach = [UInt64](repeating: 0, count: declared.count * words)
        // What the migrations below `prefix` reach by way of others, for all that need all before.
        var beyond = [UInt64](repeating: 0, count: words)
        var prefix = 0
        for index in order {
            var direct = [UInt64](repeating: 0, count: words)
            var indirect: [UInt64]
            if let named = declared[index] {
                indirect = [UInt64](repeating: 0, count: words)
                for need in named {
                    Self.join(&indirect, reach, row: need)
                    let column = need - start
                    if column >= 0, column < words * 64 {
                        direct[column / 64] |= 1 << UInt64(column % 64)
                    }
                }
            } else {
                while prefix < index {
                    Self.join(&beyond, reach, row: prefix)
                    prefix += 1
                }
                indirect = beyond
                for word in 0..<words { direct[word] = Self.bits(below: index - start - word * 64) }
            }
            for word in 0..<words {
                var left = direct[word] & ~indirect[word]
                while left != 0 {
                    needs[index].append(start + word * 64 + left.trailingZeroBitCount)
                    left &= left - 1
                }
                reach[index * words + word] = direct[word] | indirect[word]
            }
        }
    }

    private static func join(_ bits: inout [UInt64], _ reach: [UInt64], row: Int) {
        let start = row * wordsPerBlock
        for word in 0..<wordsPerBlock { bits[word] |= reach[start + word] }
    }

    /// A word whose lowest bits are set, as many as `count` says.
    private static func bits(below count: Int) -> UInt64 {
        count <= 0 ? 0 : count >= 64 ? .max : (1 << UInt64(count)) - 1
    }
}

import ApusCore
import Testing

/// Laws that hold for every version, tried on versions out of a small alphabet, so that equal and
/// nearly equal ones are frequent.
@Suite struct SemanticVersionPropertyTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `the order is total`(seed: UInt64) {
        var random = SeededVersions(seed: seed)
        for _ in 0..<5_000 {
            let (left, right) = (random.version(), random.version())
            let facts = [left < right, left == right, right < left].filter(\.self)
            #expect(facts.count == 1, "\(left) and \(right)")
            if left == right { #expect(left.hashValue == right.hashValue, "\(left) and \(right)") }
        }
    }

    @Test(arguments: [5, 6, 7, 8] as [UInt64])
    func `the order is transitive`(seed: UInt64) {
        var random = SeededVersions(seed: seed)
        for _ in 0..<5_000 {
            let (first, second, third) = (random.version(), random.version(), random.version())
            if first <= second, second <= third {
                #expect(first <= third, "\(first), \(second), \(third)")
            }
        }
    }

    @Test(arguments: [9, 10] as [UInt64])
    func `every version survives being written and read`(seed: UInt64) {
        var random = SeededVersions(seed: seed)
        for _ in 0..<2_000 {
            let version = random.version()
            let copy = SemanticVersion(version.description)
            #expect(copy == version)
            #expect(copy?.description == version.description)
        }
    }
}

private struct SeededVersions {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func version() -> SemanticVersion {
        var text = (0..<3).map { _ in String(below(3)) }.joined(separator: ".")
        if below(2) == 0 { text += "-" + identifiers(["0", "1", "11", "a", "B", "a-", "1a", "-"]) }
        if below(4) == 0 { text += "+" + identifiers(["0", "007", "a", "-"]) }
        return SemanticVersion(text)!
    }

    private mutating func identifiers(_ words: [String]) -> String {
        (0...below(3)).map { _ in words[below(words.count)] }.joined(separator: ".")
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same on every machine.
    private mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}

extension SemanticVersion: LosslessStringConvertible {
    /// Reads a version strictly: no `v` in front, no leading zeros, no missing number, no white
    /// space; anything else is `nil`.
    public init?(_ text: String) {
        var rest = Substring(text).utf8
        guard let major = rest.takeNumber(), rest.take(UInt8(ascii: ".")),
            let minor = rest.takeNumber(), rest.take(UInt8(ascii: ".")),
            let patch = rest.takeNumber()
        else { return nil }

        var prerelease: [Identifier] = []
        if rest.take(UInt8(ascii: "-")) {
            repeat {
                guard let word = rest.takeIdentifier(), let identifier = Identifier(word) else {
                    return nil
                }
                prerelease.append(identifier)
            } while rest.take(UInt8(ascii: "."))
        }

        var build: [String] = []
        if rest.take(UInt8(ascii: "+")) {
            repeat {
                guard let word = rest.takeIdentifier() else { return nil }
                build.append(word)
            } while rest.take(UInt8(ascii: "."))
        }

        guard rest.isEmpty else { return nil }
        self.init(major, minor, patch, prerelease: prerelease, build: build)
    }

    /// The text that the version was read from, build metadata included.
    public var description: String {
        var text = "\(major).\(minor).\(patch)"
        if !prerelease.isEmpty {
            text += "-" + prerelease.map(\.description).joined(separator: ".")
        }
        if !build.isEmpty { text += "+" + build.joined(separator: ".") }
        return text
    }

    /// What is wrong with a text that is not a version, and how to write it; `nil` for a version.
    public static func advice(for text: String) -> String? {
        guard SemanticVersion(text) == nil else { return nil }
        if let first = text.first, first == "v" || first == "V",
            let version = SemanticVersion(String(text.dropFirst()))
        {
            return "write \(version), without the \(first)"
        }
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) }) else {
            return "a version is three numbers, such as 1.2.0 or 1.2.0-rc.1"
        }
        let trimmed = numbers.map { number in
            let digits = number.drop { $0 == "0" }
            return digits.isEmpty ? "0" : digits
        }
        let padded = trimmed + Array(repeating: "0", count: max(0, 3 - trimmed.count))
        guard let version = SemanticVersion(padded.joined(separator: ".")) else {
            return "a version has exactly three numbers, such as 1.2.0"
        }
        return numbers.count < 3
            ? "write \(version): a version has three numbers"
            : "write \(version), without leading zeros"
    }
}

extension SemanticVersion.Identifier {
    /// Takes a word of ASCII letters, digits and hyphens; a number must not have leading zeros.
    fileprivate init?(_ word: String) {
        guard word.utf8.allSatisfy(\.isDigit) else {
            self = .text(word)
            return
        }
        var digits = Substring(word).utf8
        guard let number = digits.takeNumber(), digits.isEmpty else { return nil }
        self = .number(number)
    }
}

extension Substring.UTF8View {
    fileprivate mutating func take(_ byte: UInt8) -> Bool {
        guard first == byte else { return false }
        removeFirst()
        return true
    }

    /// Takes a zero, or digits that do not begin with one.
    fileprivate mutating func takeNumber() -> UInt128? {
        let digits = prefix(while: \.isDigit)
        guard let leading = digits.first, leading != UInt8(ascii: "0") || digits.count == 1 else {
            return nil
        }
        removeFirst(digits.count)
        guard digits.count < 19 else { return UInt128(Substring(digits)) }
        // What fits into 64 bits, as nearly all do, is read in a fraction of the time.
        return UInt128(digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) })
    }

    /// Takes one or more ASCII letters, digits and hyphens.
    fileprivate mutating func takeIdentifier() -> String? {
        let word = prefix { $0.isDigit || $0.isLetter || $0 == UInt8(ascii: "-") }
        guard !word.isEmpty else { return nil }
        removeFirst(word.count)
        return String(Substring(word))
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool {
        let lowered = self | 0x20
        return lowered >= UInt8(ascii: "a") && lowered <= UInt8(ascii: "z")
    }
}

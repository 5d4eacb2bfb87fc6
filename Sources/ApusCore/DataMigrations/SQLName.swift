/// Names as they stand in SQL, so that a directive's word can be put into a statement as it is.
package enum SQLName {
    /// Whether a text is a name, or several with dots between, each plain or in double quotes.
    static func isName(_ text: String, parts allowed: ClosedRange<Int>) -> Bool {
        let parts = parts(of: text)
        return allowed.contains(parts.count) && parts.allSatisfy(isPart)
    }

    /// What two spellings of one name have in common: the unquoted one in lower case.
    package static func folded(_ name: String) -> String {
        name.hasPrefix("\"") ? unquoted(name) : name.lowercased()
    }

    /// The name that a spelling of it means, in the case in which it is written.
    package static func unquoted(_ name: String) -> String {
        name.hasPrefix("\"")
            ? String(name.dropFirst().dropLast()).replacing("\"\"", with: "\"") : name
    }

    /// A name as SQL takes it: in double quotes where it is no plain word.
    package static func written(_ name: String) -> String {
        isPart(name) && !name.hasPrefix("\"")
            ? name : "\"\(name.replacing("\"", with: "\"\""))\""
    }

    /// What dots separate, outside of double quotes; at least one part.
    package static func parts(of text: String) -> [String] {
        var parts = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character == ".", !isQuoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }

    private static func isPart(_ text: String) -> Bool {
        if text.hasPrefix("\"") {
            guard text.count > 2, text.hasSuffix("\"") else { return false }
            let inside = text.dropFirst().dropLast()
            return !inside.replacing("\"\"", with: "").contains("\"")
        }
        guard let first = text.unicodeScalars.first else { return false }
        let isStart = first == "_" || first.properties.isAlphabetic
        return isStart
            && text.unicodeScalars.allSatisfy {
                $0 == "_" || $0 == "$" || $0.properties.isAlphabetic
                    || ("0"..."9").contains($0)
            }
    }
}

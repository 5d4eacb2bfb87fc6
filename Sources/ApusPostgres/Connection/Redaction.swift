import ApusEngine

/// Takes what a connection was opened with out of the texts of others.
///
/// A server does not know a password in the clear, and repeats one all the same: where a table, a
/// setting or a foreign server holds a connection string.
struct Redaction: Sendable {
    private let forms: [Secret]

    /// `names` are public. A secret that is one of them, or shorter than four characters, is none, and
    /// taking it out would make messages unreadable.
    init(_ secrets: [Secret], names: [String]) {
        let real = secrets.map(\.revealed).filter { $0.count >= 4 && !names.contains($0) }
        // Longer ones first, so that none is left over of one that begins with another.
        forms = Set(real + real.flatMap { [$0.percentEncoded(), $0.percentEncoded(except: "/")] })
            .sorted { $0.utf8.count > $1.utf8.count }.map(Secret.init)
    }

    func callAsFunction(_ text: String) -> String {
        forms.reduce(text) { $1.redact($0) }
    }
}

extension String {
    /// As a URL has it: everything but letters, digits and `-._~` as `%XX`.
    fileprivate func percentEncoded(except kept: Character? = nil) -> String {
        var encoded = ""
        for byte in utf8 {
            let character = Character(UnicodeScalar(byte))
            let isPlain =
                byte < 0x80
                && (character.isLetter || character.isNumber || "-._~".contains(character))
            if isPlain || character == kept {
                encoded.append(character)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}

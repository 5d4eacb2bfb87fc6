extension String {
    /// The text as one word of a shell's command line, for commands that people paste: as it is where
    /// nothing in it means anything to a shell, else in single quotes.
    package var shellWord: String {
        let isPlain = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "_-./:@%+,=".utf8.contains(byte) || byte >= 0x80
            }
        }
        if isPlain, !isEmpty { return self }
        return "'\(replacing("'", with: #"'\''"#))'"
    }
}

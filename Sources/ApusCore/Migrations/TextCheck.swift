/// Refuses bytes that are not text: NUL, and anything that is not UTF-8.
enum TextCheck {
    static func check(_ source: MigrationSource) throws(Diagnostic) {
        let problem = source.withSpan { (bytes) -> (DiagnosticCode, Int)? in
            for index in 0..<bytes.count where bytes[index] == 0 {
                return (.nulByte, index)
            }
            do throws(UTF8.ValidationError) {
                _ = try UTF8Span(validating: bytes)
                return nil
            } catch {
                return (.invalidUTF8, error.byteOffsets.lowerBound)
            }
        }
        guard let (code, offset) = problem else { return }
        let what = code == .nulByte ? "a NUL byte" : "bytes that are not UTF-8"
        throw source.diagnostic(
            code, "the file holds \(what) at byte offset \(offset)", at: offset,
            help: ["save the file as UTF-8 text"])
    }
}

/// Draws a diagnostic as text: what, where with the line and a caret, what state, what next.
public struct DiagnosticRenderer: Sendable {
    /// The parts that may be coloured.
    public enum Role: Hashable, Sendable {
        case error, warning, notice, gutter, caret, label
    }

    private let paint: @Sendable (String, Role) -> String

    /// `paint` may add colour to a part; by default nothing is added.
    public init(paint: @escaping @Sendable (String, Role) -> String = { text, _ in text }) {
        self.paint = paint
    }

    /// Lines separated by newlines, without a final one.
    public func render(_ diagnostic: Diagnostic) -> String {
        var lines = [headline(diagnostic)]
        if let location = diagnostic.location { lines += place(location, diagnostic) }
        lines += diagnostic.details
        if let state = diagnostic.state { lines.append("\(paint("state:", .label)) \(state)") }
        for help in diagnostic.help { lines.append("\(paint("next:", .label))  \(help)") }
        return lines.joined(separator: "\n")
    }

    private func headline(_ diagnostic: Diagnostic) -> String {
        let role: Role =
            switch diagnostic.severity {
            case .error: .error
            case .warning: .warning
            case .notice: .notice
            }
        let name = "\(diagnostic.severity.rawValue)[\(diagnostic.name)]:"
        var line = "\(paint(name, role)) \(diagnostic.message)"
        if diagnostic.excerpt == nil, let hint = diagnostic.hint { line += ", \(hint)" }
        return line
    }

    private func place(_ location: SourceLocation, _ diagnostic: Diagnostic) -> [String] {
        let arrow = paint("-->", .gutter)
        guard let excerpt = diagnostic.excerpt else { return ["  \(arrow) \(location)"] }
        let number = String(location.line)
        let blank = String(repeating: " ", count: number.count)
        let bar = paint("|", .gutter)
        // Tabs before the caret are kept, so that it stands below its character.
        let lead = excerpt.text.unicodeScalars.prefix(excerpt.caret - 1)
            .map { $0 == "\t" ? "\t" : " " }.joined()
        let marks = paint(String(repeating: "^", count: excerpt.length), .caret)
        let hint = diagnostic.hint.map { " \($0)" } ?? ""
        return [
            "\(blank)\(arrow) \(location)",
            "\(blank) \(bar)",
            "\(paint(number, .gutter)) \(bar) \(visible(excerpt.text))",
            "\(blank) \(bar) \(lead)\(marks)\(hint)",
        ]
    }

    /// A terminal obeys control characters: a migration must not write to it. Each becomes the
    /// picture of itself, one for one, so that the caret stays where it belongs.
    private func visible(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.value {
            case 0x09: scalar
            case 0..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? scalar
            case 0x7F: "\u{2421}"
            case 0x80..<0xA0: "\u{FFFD}"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

/// Writes a picture as SVG: every text is escaped, colours come from the style sheet by class.
struct SVG: Sendable {
    private var content = ""
    private let width: Int
    private let height: Int
    private let id: String
    private let title: String
    private let description: String
    private let style: String

    /// - Parameters:
    ///   - id: Unique on its page.
    ///   - style: The class, where it is not the id.
    ///   - description: What the picture shows, in words, for those who do not see it.
    init(
        _ id: String, width: Int, height: Int, title: String, description: String,
        style: String? = nil
    ) {
        self.id = id
        self.style = style ?? id
        self.width = width
        self.height = height
        self.title = title
        self.description = description
    }

    var text: String { text(style: nil) }

    /// - Parameter sheet: A style sheet, for a file of its own.
    func text(style sheet: String?) -> String {
        let sheet = sheet.map { "<style>\(Self.escaped($0))</style>" } ?? ""
        return """
            <svg class="picture \(style)" viewBox="0 0 \(width) \(height)" width="\(width)" \
            height="\(height)" role="img" aria-labelledby="\(id)-title \(id)-desc" \
            xmlns="http://www.w3.org/2000/svg"><title id="\(id)-title">\(Self.escaped(title))</title>\
            <desc id="\(id)-desc">\(Self.escaped(description))</desc>\(sheet)\(content)</svg>
            """
    }

    mutating func line(_ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int, _ style: String) {
        content += "<line x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\" class=\"\(style)\"/>"
    }

    mutating func circle(_ x: Int, _ y: Int, _ radius: Int, _ style: String, _ hint: String? = nil)
    {
        element("circle", "cx=\"\(x)\" cy=\"\(y)\" r=\"\(radius)\" class=\"\(style)\"", hint)
    }

    mutating func diamond(_ x: Int, _ y: Int, _ radius: Int, _ style: String, _ hint: String? = nil)
    {
        let points = "\(x),\(y - radius) \(x + radius),\(y) \(x),\(y + radius) \(x - radius),\(y)"
        element("polygon", "points=\"\(points)\" class=\"\(style)\"", hint)
    }

    mutating func rectangle(
        _ x: Int, _ y: Int, _ width: Int, _ height: Int, _ style: String, _ hint: String? = nil
    ) {
        element(
            "rect",
            "x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"3\" class=\"\(style)\"",
            hint)
    }

    mutating func path(_ data: String, _ style: String) {
        content += "<path d=\"\(Self.escaped(data))\" class=\"\(style)\"/>"
    }

    /// - Parameter anchor: `start`, `middle` or `end`.
    mutating func write(
        _ text: String, _ x: Int, _ y: Int, _ style: String, anchor: String = "middle"
    ) {
        content +=
            "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" class=\"\(style)\">\(Self.escaped(text))</text>"
    }

    private mutating func element(_ name: String, _ attributes: String, _ hint: String?) {
        content +=
            hint.map { "<\(name) \(attributes)><title>\(Self.escaped($0))</title></\(name)>" }
            ?? "<\(name) \(attributes)/>"
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

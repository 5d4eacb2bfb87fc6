/// Writes a picture as SVG: every text is escaped, colours come from the style sheet by class.
struct SVG: Sendable {
    private var content = ""
    /// `nil` for a picture that is as wide as its place, whose parts say where they are in percent.
    private let width: Int?
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
        _ id: String, width: Int?, height: Int, title: String, description: String,
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
            <svg class="picture \(style)" \(size) height="\(height)" role="img" aria-labelledby="\(id)-title \(id)-desc" \
            xmlns="http://www.w3.org/2000/svg"><title id="\(id)-title">\(Self.escaped(title))</title>\
            <desc id="\(id)-desc">\(Self.escaped(description))</desc>\(sheet)\(content)</svg>
            """
    }

    private var size: String {
        width.map { "viewBox=\"0 0 \($0) \(height)\" width=\"\($0)\"" } ?? "width=\"100%\""
    }

    /// A bar from the left edge, of so many percent of the picture's width.
    mutating func bar(_ y: Int, percent: Double, height: Int, _ style: String, _ hint: String) {
        element(
            "rect",
            "x=\"0\" y=\"\(y)\" width=\"\(Self.percent(percent))\" height=\"\(height)\" rx=\"3\" class=\"\(style)\"",
            hint)
    }

    /// A level line between two percentages of the width.
    mutating func line(_ y: Int, fromPercent from: Double, toPercent to: Double, _ style: String) {
        content +=
            "<line x1=\"\(Self.percent(from))\" y1=\"\(y)\" x2=\"\(Self.percent(to))\" y2=\"\(y)\" class=\"\(style)\"/>"
    }

    mutating func write(_ text: String, percent: Double, _ y: Int, _ style: String) {
        content +=
            "<text x=\"\(Self.percent(percent))\" y=\"\(y)\" class=\"\(style)\">\(Self.escaped(text))</text>"
    }

    /// With one digit behind the point.
    private static func percent(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)%"
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

    mutating func triangle(
        _ x: Int, _ y: Int, _ radius: Int, _ style: String, _ hint: String? = nil
    ) {
        let foot = y + radius * 3 / 4
        let points = "\(x),\(y - radius) \(x + radius),\(foot) \(x - radius),\(foot)"
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

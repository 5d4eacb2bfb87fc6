import HTTPTypes

/// Long lists, fifty at a time.
struct Paging: Sendable {
    var text: String
    var newer: String?
    var older: String?

    static let size = 50

    /// `nil` where everything is on one page.
    init?(_ count: Int, number: Int, path: String) {
        guard count > Self.size else { return nil }
        let pages = (count + Self.size - 1) / Self.size
        guard number <= pages else {
            text = "nothing on page \(number): there are \(pages)"
            (newer, older) = ("\(path)?page=\(pages)", nil)
            return
        }
        let first = (number - 1) * Self.size + 1
        text = "\(first) to \(min(count, number * Self.size)) of \(count)"
        newer = number > 1 ? "\(path)?page=\(number - 1)" : nil
        older = number < pages ? "\(path)?page=\(number + 1)" : nil
    }

    static func slice<All: Collection>(_ all: All, number: Int) -> All.SubSequence {
        all.dropFirst((number - 1) * size).prefix(size)
    }

    static func number(_ exchange: Exchange) throws -> Int {
        guard let text = exchange.query("page") else { return 1 }
        guard let number = Int(text), (1...100_000).contains(number) else {
            throw Problem(.badRequest, "page is a number from 1 on", parameter: "page")
        }
        return number
    }
}

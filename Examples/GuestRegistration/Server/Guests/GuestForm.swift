/// A registration form as it was sent, and what is wrong with it.
struct GuestForm: Hashable, Sendable {
    private var texts: [GuestField: String]

    /// Spaces around a value mean nothing, and countries are written large.
    init(_ fields: [String: String]) {
        texts = [:]
        for field in GuestField.allCases {
            var text = (fields[field.rawValue] ?? "").trimmingSpaces
            if field.isCountry { text = text.uppercased() }
            texts[field] = text
        }
    }

    /// A form to fill in, for a guest who stays as long as the trip.
    init(for stay: Stay) {
        self.init([
            GuestField.arrival.rawValue: stay.arrival.description,
            GuestField.departure.rawValue: stay.departure.description,
        ])
    }

    subscript(field: GuestField) -> String { texts[field] ?? "" }

    enum Outcome: Hashable, Sendable {
        case guest(NewGuest)
        case problems([GuestField: String])
    }

    /// Decides whether the form makes a guest of the stay.
    func check(for stay: Stay) -> Outcome {
        var problems: [GuestField: String] = [:]
        for field in GuestField.allCases {
            problems[field] = problem(of: field)
        }
        for (field, text) in problemsBetween(stay) where problems[field] == nil {
            problems[field] = text
        }
        return problems.isEmpty
            ? .guest(NewGuest(values: texts.filter { !$0.value.isEmpty })) : .problems(problems)
    }

    // MARK: One field

    private static let longest = 200

    private func problem(of field: GuestField) -> String? {
        let text = self[field]
        guard !text.isEmpty else { return field.isOptional ? nil : "This is needed." }
        guard text.count <= Self.longest else {
            return "At most \(Self.longest) characters fit here."
        }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "It holds characters that cannot be written."
        }
        if field.isDate, CalendarDate(text) == nil {
            return "This is no date. Write it as 2025-01-31."
        }
        if field.isCountry, !Self.isCountry(text) {
            return "Write the country's two letters, such as SI or ES."
        }
        if !field.choices.isEmpty, !field.choices.contains(where: { $0.value == text }) {
            return "Choose one of the list."
        }
        if field == .documentNumber, !Self.isDocumentNumber(text) {
            return "A document's number has letters and digits, 3 to 30 of them."
        }
        return nil
    }

    private static func isCountry(_ text: String) -> Bool {
        text.utf8.count == 2 && text.utf8.allSatisfy { (65...90).contains($0) }
    }

    private static func isDocumentNumber(_ text: String) -> Bool {
        (3...30).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                    || $0 == 0x20 || $0 == 0x2D || $0 == 0x2F
            }
    }

    // MARK: Fields together

    private func problemsBetween(_ stay: Stay) -> [(GuestField, String)] {
        let arrival = CalendarDate(self[.arrival])
        let departure = CalendarDate(self[.departure])
        var found: [(GuestField, String)] = []
        func note(_ field: GuestField, _ text: String, if isWrong: Bool?) {
            if isWrong == true { found.append((field, text)) }
        }
        let span = "\(stay.arrival) to \(stay.departure)"
        note(
            .arrival, "The trip is from \(span).",
            if: arrival.map { $0 < stay.arrival || $0 > stay.departure })
        note(
            .departure, "The trip is from \(span).",
            if: departure.map { $0 < stay.arrival || $0 > stay.departure })
        guard let arrival else { return found }
        note(.departure, "It is before the arrival.", if: departure.map { $0 < arrival })
        let birth = CalendarDate(self[.birthDate])
        note(.birthDate, "It is after the arrival.", if: birth.map { $0 > arrival })
        note(
            .birthDate, "Nobody is that old.", if: birth.map { $0.year < arrival.year - 130 })
        note(
            .documentValidUntil, "The document has expired before the arrival.",
            if: CalendarDate(self[.documentValidUntil]).map { $0 < arrival })
        return found
    }
}

/// The days of a trip.
struct Stay: Hashable, Sendable {
    var arrival: CalendarDate
    var departure: CalendarDate
}

/// A guest whose every value was checked; ``GuestForm/check(for:)`` makes them.
struct NewGuest: Hashable, Sendable {
    fileprivate let values: [GuestField: String]

    /// `nil` where nothing was given that may be left out.
    subscript(field: GuestField) -> String? { values[field] }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\u{A0}" }
        guard let start = firstIndex(where: { !isSpace($0) }),
            let end = lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[start...end])
    }
}

import Testing

@testable import GuestRegistration

/// What makes a guest, and what is said where a form does not.
struct GuestFormTests {
    private static let stay = Stay(
        arrival: CalendarDate("2025-02-15")!, departure: CalendarDate("2025-02-22")!)
    private static let right = [
        "given_names": "Zofia", "family_name": "Kowalska", "sex": "F", "birth_date": "1990-04-30",
        "birth_place": "Łódź", "birth_country": "PL", "nationality": "PL",
        "document_type": "passport", "document_number": "EH5550199", "document_country": "PL",
        "document_valid_until": "2030-01-01", "address_street": "Piotrkowska 10",
        "address_postal_code": "90-001", "address_city": "Łódź", "address_country": "PL",
        "arrival_date": "2025-02-15", "departure_date": "2025-02-22",
    ]

    private static func outcome(_ changes: [String: String]) -> GuestForm.Outcome {
        GuestForm(right.merging(changes) { $1 }).check(for: stay)
    }

    private static func problems(_ changes: [String: String]) -> [GuestField: String] {
        if case .problems(let problems) = outcome(changes) { return problems }
        return [:]
    }

    @Test func `a form that is right makes a guest`() throws {
        guard case .guest(let guest) = Self.outcome([:]) else {
            Issue.record("\(Self.outcome([:]))")
            return
        }
        #expect(guest[.familyName] == "Kowalska")
        #expect(guest[.documentValidUntil] == "2030-01-01")
    }

    @Test func `what may be left out is left out`() {
        let changes = ["document_valid_until": " ", "address_postal_code": ""]
        guard case .guest(let guest) = Self.outcome(changes) else {
            Issue.record("\(Self.outcome(changes))")
            return
        }
        #expect(guest[.documentValidUntil] == nil)
        #expect(guest[.postalCode] == nil)
    }

    @Test func `spaces around a value go, and countries are written large`() {
        let form = GuestForm(
            Self.right.merging(["nationality": " si ", "given_names": "\tAna "]) { $1 })
        #expect(form[.nationality] == "SI")
        #expect(form[.givenNames] == "Ana")
    }

    @Test func `an empty form names every field that is needed`() {
        guard case .problems(let problems) = GuestForm([:]).check(for: Self.stay) else {
            Issue.record("an empty form made a guest")
            return
        }
        #expect(Set(problems.keys) == Set(GuestField.allCases.filter { !$0.isOptional }))
        #expect(Set(problems.values) == ["This is needed."])
    }

    @Test(arguments: [
        ("birth_date", "30.4.1990", "This is no date. Write it as 2025-01-31."),
        ("birth_date", "1990-02-29", "This is no date. Write it as 2025-01-31."),
        ("birth_date", "2025-02-16", "It is after the arrival."),
        ("birth_date", "1825-01-01", "Nobody is that old."),
        ("nationality", "Poland", "Write the country's two letters, such as SI or ES."),
        ("nationality", "P1", "Write the country's two letters, such as SI or ES."),
        ("sex", "W", "Choose one of the list."),
        ("document_type", "library_card", "Choose one of the list."),
        (
            "document_number", "<script>",
            "A document's number has letters and digits, 3 to 30 of them."
        ),
        ("document_number", "7", "A document's number has letters and digits, 3 to 30 of them."),
        ("document_valid_until", "2025-02-14", "The document has expired before the arrival."),
        ("arrival_date", "2025-02-14", "The trip is from 2025-02-15 to 2025-02-22."),
        ("departure_date", "2025-02-23", "The trip is from 2025-02-15 to 2025-02-22."),
        ("family_name", "a\u{0}b", "It holds characters that cannot be written."),
        ("address_city", String(repeating: "a", count: 201), "At most 200 characters fit here."),
    ]) func `a wrong value is named with what is wrong`(
        _ name: String, _ value: String, _ text: String
    ) throws {
        let field = try #require(GuestField(rawValue: name))
        #expect(Self.problems([name: value]) == [field: text])
    }

    @Test func `a departure before the arrival is refused`() {
        #expect(
            Self.problems(["arrival_date": "2025-02-20", "departure_date": "2025-02-18"])
                == [.departure: "It is before the arrival."])
    }

    @Test func `text is kept as it is, for the pages to escape`() {
        guard case .guest(let guest) = Self.outcome(["given_names": "<b>Zofia</b> & co"]) else {
            Issue.record("refused")
            return
        }
        #expect(guest[.givenNames] == "<b>Zofia</b> & co")
    }
}

struct CalendarDateTests {
    @Test(arguments: ["2024-02-29", "2000-02-29", "0001-01-01", "2025-12-31"])
    func `a day of the calendar is written as it was read`(_ text: String) {
        #expect(CalendarDate(text)?.description == text)
    }

    @Test(arguments: [
        "", "2025", "2025-1-1", "2025-13-01", "2025-04-31", "1900-02-29", "-025-01-01",
        "2025-01-01T00:00", "２０２５-01-01", "2025-01-0a", "+025-01-01",
    ]) func `another text is no day`(_ text: String) {
        #expect(CalendarDate(text) == nil)
    }
}

struct SignInRouteTests {
    @Test(arguments: [
        "https://evil.example/", "//evil.example", "/\\evil.example", "", "evil",
        "/a\r\nSet-Cookie: b",
    ]) func `the way back leads nowhere else`(_ text: String) {
        #expect(SignInRoutes.back(text) == "/")
    }

    @Test func `the way back leads to where somebody wanted to go`() {
        #expect(SignInRoutes.back("/admin/migrations?x=1") == "/admin/migrations?x=1")
    }
}

struct AccountsTests {
    @Test func `whoever keeps guessing waits`() async throws {
        let accounts = try Accounts([])
        let now = ContinuousClock.now
        for _ in 0..<4 { #expect(await accounts.verify("ana", "?", now: now) == .wrong) }
        #expect(await accounts.verify("ana", "?", now: now) == .wait(seconds: 2))
        #expect(await accounts.verify("luka", "?", now: now) == .wrong)
    }
}

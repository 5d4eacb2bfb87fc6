import HTTPTypes
import Hummingbird

/// The form that registers a guest.
struct GuestPage {
    var number: String
    var authority: String
    var reference: String
    var unit: String
    var action: String
    var back: String
    var token: String
    var groups: [Group]
    var problems: [Problem]
    var hasProblems: Bool

    struct Problem {
        var field: String
        var name: String
        var text: String
    }

    struct Group {
        var legend: String
        var fields: [Field]
    }

    struct Field {
        var name: String
        var label: String
        var value: String
        var hint: String?
        var error: String?
        var kind: String
        var isNeeded: Bool
        var isText: Bool
        var choices: [Choice]
        var described: String?

        init(_ field: GuestField, _ form: GuestForm, _ error: String?) {
            name = field.rawValue
            label = field.label
            value = form[field]
            hint =
                field.isCountry
                ? "Two letters, such as SI" : field.isOptional ? "If there is one" : nil
            self.error = error
            kind = field.isDate ? "date" : "text"
            isNeeded = !field.isOptional
            isText = field.choices.isEmpty
            let chosen = form[field]
            choices =
                field.choices.isEmpty
                ? []
                : ([("", "Choose…")] + field.choices).map {
                    Choice(value: $0.0, text: $0.1, isChosen: $0.0 == chosen)
                }
            let parts = [
                hint.map { _ in "\(field.rawValue)-hint" },
                error.map { _ in "\(field.rawValue)-error" },
            ]
            described =
                parts.contains { $0 != nil } ? parts.compactMap(\.self).joined(separator: " ") : nil
        }
    }

    struct Choice {
        var value: String
        var text: String
        var isChosen: Bool
    }

    private static let groups: [(String, [GuestField])] = [
        (
            "Person",
            [
                .givenNames, .familyName, .sex, .birthDate, .birthPlace, .birthCountry,
                .nationality,
            ]
        ),
        (
            "Identity document",
            [.documentType, .documentNumber, .documentCountry, .documentValidUntil]
        ),
        ("Home address", [.street, .postalCode, .city, .country]),
        ("Stay", [.arrival, .departure]),
    ]

    init(
        _ registration: Row, _ form: GuestForm, _ problems: [GuestField: String], token: String
    ) {
        number = registration["registration_number"] ?? ""
        authority = registration["authority"] ?? ""
        reference = registration["reference"] ?? ""
        unit = registration["unit_name"] ?? ""
        action = "/registrations/\(registration["id"] ?? "")/guests"
        back = "/trips/\(registration["trip_id"] ?? "")"
        self.token = token
        groups = Self.groups.map { legend, fields in
            Group(legend: legend, fields: fields.map { Field($0, form, problems[$0]) })
        }
        hasProblems = !problems.isEmpty
        self.problems = GuestField.allCases.compactMap { field in
            problems[field].map { Problem(field: field.rawValue, name: field.label, text: $0) }
        }
    }

    // MARK: Routes

    static func add(to router: some RouterMethods<HostContext>, _ registry: Registry) {
        router.get("/registrations/{registration}/guests/new") { _, context in
            guard context.session?.account.mayAct == true else {
                throw HTTPError(.forbidden, message: "Registering guests needs an operator.")
            }
            let (registration, stay) = try await open(context, registry)
            return page(registration, GuestForm(for: stay), [:], context)
        }
        router.post("/registrations/{registration}/guests") { request, context in
            let fields = try await HostForm(request, context)
            try fields.check(request, context.session)
            let (registration, stay) = try await open(context, registry)
            let form = GuestForm(fields.fields)
            switch form.check(for: stay) {
            case .problems(let problems): return page(registration, form, problems, context)
            case .guest(let guest):
                return try await register(guest, registration, registry)
                    ?? page(
                        registration, form,
                        [.documentNumber: "A guest with this document is registered already."],
                        context)
            }
        }
    }

    /// The way on to the trip; `nil` where the guest is registered already.
    private static func register(
        _ guest: NewGuest, _ registration: Row, _ registry: Registry
    ) async throws -> Response? {
        let id: String?
        do throws(DatabaseProblem) {
            id = try await registry.register(guest, in: Int(registration["id"] ?? "") ?? 0)
        } catch {
            if error.kind == .duplicate { return nil }
            throw error
        }
        guard let id else { throw closed }
        let trip = registration["trip_id"] ?? ""
        return Response(
            status: .seeOther, headers: [.location: "/trips/\(trip)?registered=\(id)"])
    }

    private static let closed = HTTPError(
        .conflict, message: "The registration was sent already: it takes no more guests.")

    /// The registration that the path names, while it takes guests.
    private static func open(
        _ context: HostContext, _ registry: Registry
    ) async throws -> (Row, Stay) {
        guard let id = context.parameters.get("registration").flatMap({ Int($0) }),
            let registration = try await registry.registration(id),
            let arrival = registration["arrival_date"].flatMap(CalendarDate.init),
            let departure = registration["departure_date"].flatMap(CalendarDate.init)
        else { throw HTTPError(.notFound, message: "No registration has that number.") }
        guard RegistrationStatus.takesGuests(registration["status"] ?? "") else {
            throw closed
        }
        return (registration, Stay(arrival: arrival, departure: departure))
    }

    private static func page(
        _ registration: Row, _ form: GuestForm, _ problems: [GuestField: String],
        _ context: HostContext
    ) -> Response {
        Page.response(
            "guest",
            GuestPage(registration, form, problems, token: context.session?.token ?? ""),
            title: problems.isEmpty ? "Register a guest" : "Mend the form · Register a guest",
            context: context, status: problems.isEmpty ? .ok : .unprocessableContent)
    }
}

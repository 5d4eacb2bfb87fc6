import HTTPTypes
import Hummingbird

/// A trip with its registrations and their guests.
struct TripPage {
    var reference: String
    var state: Badge
    var facts: [Fact]
    var notes: String?
    var registrations: [Registration]
    var isEmpty: Bool
    /// Who was registered a moment ago.
    var registered: String?

    struct Fact {
        var label: String
        var value: String
    }

    struct Registration {
        var number: String
        var authority: String
        var receipt: String?
        var due: String
        var rejection: String?
        var badge: Badge
        var guests: [Guest]
        var hasGuests: Bool
        /// Where a guest is added, for those who may, while it takes some.
        var add: String?
    }

    struct Guest {
        var name: String
        var isLead: Bool
        var nationality: String
        var born: String
        var document: String
        var stay: String

        init(_ row: Row) {
            name = "\(row["given_names"] ?? "") \(row["family_name"] ?? "")"
            isLead = row["lead"] != nil
            nationality = row["nationality"] ?? ""
            born = row["birth_date"] ?? ""
            document = (row["document_type"] ?? "").replacing("_", with: " ")
            stay = "\(row["arrival_date"] ?? "") – \(row["departure_date"] ?? "")"
        }
    }

    /// Pure: the page from what was read.
    init(_ trip: Row, _ registrations: [Row], _ guests: [Row], mayAct: Bool, registered: String?) {
        reference = trip["reference"] ?? ""
        state = Badge(trip["status"] ?? "")
        notes = trip["notes"]
        let party = "\(trip["adults"] ?? "0") adults, \(trip["children"] ?? "0") children"
        facts = [
            Fact(label: "Unit", value: trip["unit_name"] ?? ""),
            Fact(
                label: "Stay",
                value: "\(trip["arrival_date"] ?? "") – \(trip["departure_date"] ?? "")"),
            Fact(label: "Booked by", value: trip["booker_name"] ?? ""),
            Fact(label: "Party", value: party), Fact(label: "Host", value: trip["host"] ?? ""),
            Fact(label: "By way of", value: trip["channel"] ?? ""),
        ]
        let byRegistration = Dictionary(grouping: guests) { $0["registration_id"] ?? "" }
        self.registrations = registrations.map { row in
            let id = row["id"] ?? ""
            let status = row["status"] ?? ""
            return Registration(
                number: row["registration_number"] ?? "", authority: row["authority"] ?? "",
                receipt: row["authority_reference"], due: minutes(row["due_at"]),
                rejection: status == "rejected" ? row["rejection_reason"] : nil,
                badge: Badge(status), guests: (byRegistration[id] ?? []).map(Guest.init),
                hasGuests: byRegistration[id] != nil,
                add: mayAct && RegistrationStatus.takesGuests(status)
                    ? "/registrations/\(id)/guests/new" : nil)
        }
        isEmpty = registrations.isEmpty
        self.registered = guests.first { $0["id"] == registered && registered != nil }
            .map { Guest($0).name }
    }

    static func add(to router: some RouterMethods<HostContext>, _ registry: Registry) {
        router.get("/trips/{trip}") { request, context in
            let id = context.parameters.get("trip").flatMap { Int($0) }
            let registered = request.uri.queryParameters["registered"].map { String($0) }
            guard let id,
                let page = try await Self.read(
                    id, registry, mayAct: context.session?.account.mayAct ?? false, registered)
            else { throw HTTPError(.notFound, message: "No trip has that number.") }
            return Page.response(
                "trip", page, title: "Trip \(page.reference)", context: context)
        }
    }

    /// `nil` where no trip has that number.
    private static func read(
        _ id: Int, _ registry: Registry, mayAct: Bool, _ registered: String?
    ) async throws -> TripPage? {
        guard let trip = try await registry.trip(id) else { return nil }
        let registrations = try await registry.registrations(ofTrip: id)
        let guests = try await registry.guests(ofTrip: id)
        return TripPage(trip, registrations, guests, mayAct: mayAct, registered: registered)
    }
}

/// What a registration's status lets be done.
enum RegistrationStatus {
    /// Until it is sent, and again when it was rejected.
    static func takesGuests(_ status: String) -> Bool {
        ["draft", "ready", "rejected"].contains(status)
    }
}

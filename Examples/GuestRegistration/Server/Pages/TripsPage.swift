import Hummingbird

/// The list of trips, the next arrivals first.
struct TripsPage {
    let rows: [Line]
    let isEmpty: Bool

    init(_ rows: [Row]) {
        self.rows = rows.map(Line.init)
        isEmpty = rows.isEmpty
    }

    struct Line {
        var href: String
        var reference: String
        var unit: String
        var booker: String
        var dates: String
        var party: String
        var registered: String
        var state: Badge

        init(_ row: Row) {
            href = "/trips/\(row["id"] ?? "")"
            reference = row["reference"] ?? ""
            unit = row["unit_name"] ?? ""
            booker = row["booker_name"] ?? ""
            dates = "\(row["arrival_date"] ?? "") – \(row["departure_date"] ?? "")"
            let people = (Int(row["adults"] ?? "") ?? 0) + (Int(row["children"] ?? "") ?? 0)
            party = String(people)
            registered = "\(row["guests"] ?? "0") of \(people)"
            state = Badge(row["status"] ?? "")
        }
    }

    static func add(to router: some RouterMethods<HostContext>, _ registry: Registry) {
        router.get("/") { _, context in
            let page = TripsPage(try await registry.trips())
            return Page.response("trips", page, title: "Trips", context: context)
        }
    }
}

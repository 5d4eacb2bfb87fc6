import Hummingbird

/// What is to be done in the units, the open tasks first.
struct HousekeepingPage {
    let rows: [Line]
    let isEmpty: Bool

    init(_ rows: [Row]) {
        self.rows = rows.map(Line.init)
        isEmpty = rows.isEmpty
    }

    struct Line {
        var date: String
        var unit: String
        var trip: String
        var tripHref: String
        var task: String
        var person: String
        var isUrgent: Bool
        var linen: String?
        var notes: String?
        var state: Badge

        init(_ row: Row) {
            date = row["scheduled_date"] ?? ""
            unit = row["unit_name"] ?? ""
            trip = row["reference"] ?? ""
            tripHref = "/trips/\(row["trip_id"] ?? "")"
            task = (row["task"] ?? "").replacing("_", with: " ")
            person = row["assigned_to"] ?? "nobody yet"
            isUrgent = row["priority"] == "1" && ["planned", "in_progress"].contains(row["status"])
            linen = row["linen_sets"].flatMap { $0 == "0" ? nil : $0 }
            notes = row["notes"]
            state = Badge(row["status"] ?? "")
        }
    }

    static func add(to router: some RouterMethods<HostContext>, _ registry: Registry) {
        router.get("/housekeeping") { _, context in
            let page = HousekeepingPage(try await registry.housekeeping())
            return Page.response("housekeeping", page, title: "Housekeeping", context: context)
        }
    }
}

/// What people mean by the abbreviations of time zones.
enum ZoneAbbreviation {
    /// Zones that are called so in winter or in summer, the likeliest first.
    static let zones: [String: [String]] = [
        "WET": ["Europe/Lisbon"], "WEST": ["Europe/Lisbon"],
        "BST": ["Europe/London"],
        "CET": ["Europe/Ljubljana"], "CEST": ["Europe/Ljubljana"],
        "MET": ["Europe/Ljubljana"], "MEZ": ["Europe/Berlin"], "MESZ": ["Europe/Berlin"],
        "EET": ["Europe/Helsinki"], "EEST": ["Europe/Helsinki"],
        "MSK": ["Europe/Moscow"],
        "EST": ["America/New_York"], "EDT": ["America/New_York"], "ET": ["America/New_York"],
        "CST": ["America/Chicago", "Asia/Shanghai"], "CDT": ["America/Chicago"],
        "MST": ["America/Denver", "America/Phoenix"], "MDT": ["America/Denver"],
        "PST": ["America/Los_Angeles"], "PDT": ["America/Los_Angeles"],
        "PT": ["America/Los_Angeles"],
        "AKST": ["America/Anchorage"], "AKDT": ["America/Anchorage"],
        "HST": ["Pacific/Honolulu"],
        "AST": ["America/Halifax", "Asia/Riyadh"], "ADT": ["America/Halifax"],
        "BRT": ["America/Sao_Paulo"],
        "IST": ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"],
        "SGT": ["Asia/Singapore"], "HKT": ["Asia/Hong_Kong"],
        "JST": ["Asia/Tokyo"], "KST": ["Asia/Seoul"],
        "AEST": ["Australia/Sydney"], "AEDT": ["Australia/Sydney"],
        "ACST": ["Australia/Adelaide"], "AWST": ["Australia/Perth"],
        "NZST": ["Pacific/Auckland"], "NZDT": ["Pacific/Auckland"],
        "SAST": ["Africa/Johannesburg"],
    ]
}

/// What the authorities ask of a guest; the raw values are the form's names and the table's columns,
/// in the order of both.
enum GuestField: String, CaseIterable, Sendable {
    case givenNames = "given_names"
    case familyName = "family_name"
    case sex
    case birthDate = "birth_date"
    case birthPlace = "birth_place"
    case birthCountry = "birth_country"
    case nationality
    case documentType = "document_type"
    case documentNumber = "document_number"
    case documentCountry = "document_country"
    case documentValidUntil = "document_valid_until"
    case street = "address_street"
    case postalCode = "address_postal_code"
    case city = "address_city"
    case country = "address_country"
    case arrival = "arrival_date"
    case departure = "departure_date"

    var label: String {
        switch self {
        case .givenNames: "Given names"
        case .familyName: "Family name"
        case .sex: "Sex, as in the document"
        case .birthDate: "Date of birth"
        case .birthPlace: "Place of birth"
        case .birthCountry: "Country of birth"
        case .nationality: "Nationality"
        case .documentType: "Document"
        case .documentNumber: "Number"
        case .documentCountry: "Issued by"
        case .documentValidUntil: "Valid until"
        case .street: "Street and number"
        case .postalCode: "Postal code"
        case .city: "Town"
        case .country: "Country"
        case .arrival: "Arrival"
        case .departure: "Departure"
        }
    }

    var isOptional: Bool { self == .documentValidUntil || self == .postalCode }
    var isDate: Bool {
        [.birthDate, .documentValidUntil, .arrival, .departure].contains(self)
    }
    var isCountry: Bool {
        [.birthCountry, .nationality, .documentCountry, .country].contains(self)
    }

    /// What may be chosen, where it is a choice.
    var choices: [(value: String, label: String)] {
        switch self {
        case .sex: [("F", "Female"), ("M", "Male"), ("X", "Unspecified (X)")]
        case .documentType:
            [
                ("passport", "Passport"), ("identity_card", "Identity card"),
                ("driving_licence", "Driving licence"), ("residence_permit", "Residence permit"),
                ("other", "Other"),
            ]
        default: []
        }
    }
}

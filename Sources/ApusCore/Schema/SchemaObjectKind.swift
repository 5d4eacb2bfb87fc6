extension SchemaObject {
    /// What a thing of a schema is.
    ///
    /// The raw values are an interface: they stand in documents, and keep their meaning.
    public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        case schema
        case `extension`

        // Relations and their parts
        case table
        case foreignTable = "foreign-table"
        case view
        case materializedView = "materialized-view"
        /// Also an attribute of a composite type.
        case column
        /// Also of a domain.
        case constraint
        case index
        case sequence
        case trigger
        case rule
        case policy
        case statistics

        // Types
        case enumeration = "enum"
        case domain
        case compositeType = "composite-type"
        case rangeType = "range-type"
        case baseType = "base-type"
        case collation

        // Routines
        case function
        case procedure
        case aggregate

        // Rights
        case grant
        case defaultPrivilege = "default-privilege"

        // Of the whole database
        case eventTrigger = "event-trigger"
        case publication
        /// SQLite: a setting that the file keeps.
        case pragma

        // PostgreSQL's rarer things
        case accessMethod = "access-method"
        case cast
        case conversion
        case foreignDataWrapper = "foreign-data-wrapper"
        case language
        case `operator`
        case operatorClass = "operator-class"
        case operatorFamily = "operator-family"
        case server
        case textSearchConfiguration = "text-search-configuration"
        case textSearchDictionary = "text-search-dictionary"
        case textSearchParser = "text-search-parser"
        case textSearchTemplate = "text-search-template"
        case transform

        /// The kind as people say it: `materialized view`.
        public var words: String { rawValue.replacing("-", with: " ") }
    }
}

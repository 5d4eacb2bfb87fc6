import ApusCore
import ApusEngine

/// What a database has as a whole, which no archive restores into a database of another name:
/// encoding and collation, owner, rights, settings, comment.
struct DatabaseProperties {
    let connection: Connection

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// As of the open transaction.
    func read() throws(DatabaseError) -> [DatabaseProperty] {
        let version = connection.serverVersion
        let provider =
            version >= 150_000
            ? "CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END"
            : "'libc'"
        let locale =
            version >= 170_000 ? "d.datlocale" : version >= 150_000 ? "d.daticulocale" : "NULL"
        let rules = version >= 160_000 ? "d.daticurules" : "NULL"
        let row = try connection.execute(
            """
            SELECT pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, \
            \(provider), \(locale), \(rules), pg_catalog.pg_get_userbyid(d.datdba), d.datconnlimit, \
            pg_catalog.shobj_description(d.oid, 'pg_database'), d.datacl IS NOT NULL \
            FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
            """)
        let names = [
            "encoding", "collate", "ctype", "locale_provider", "locale", "icu_rules", "owner",
            "connection_limit", "comment",
        ]
        var properties: [DatabaseProperty] = []
        for (column, name) in names.enumerated() {
            guard let value = row.text(0, column) else { continue }
            properties.append(DatabaseProperty(name, value))
        }
        if row.flag(0, names.count) { properties += try rights() }
        return properties + (try settings())
    }

    /// The owner's own are not among them: they come with owning it.
    private func rights() throws(DatabaseError) -> [DatabaseProperty] {
        let rows = try connection.execute(
            """
            SELECT CASE a.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee) END, \
            a.privilege_type, a.is_grantable FROM pg_catalog.pg_database d, \
            pg_catalog.aclexplode(d.datacl) a WHERE d.datname = pg_catalog.current_database() \
            AND a.grantee <> d.datdba ORDER BY 1, 2
            """)
        var properties = [DatabaseProperty("rights", "listed")]
        for row in 0..<rows.count {
            guard let role = rows.text(row, 0), let right = rows.text(row, 1) else { continue }
            let option = rows.flag(row, 2) ? " WITH GRANT OPTION" : ""
            properties.append(DatabaseProperty("grant \(role)", right + option))
        }
        return properties
    }

    private func settings() throws(DatabaseError) -> [DatabaseProperty] {
        let rows = try connection.execute(
            """
            SELECT CASE s.setrole WHEN 0 THEN 'setting' \
            ELSE pg_catalog.concat('setting ', pg_catalog.pg_get_userbyid(s.setrole)) END, c.line \
            FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS c (line) \
            WHERE s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database d \
            WHERE d.datname = pg_catalog.current_database()) ORDER BY 1, 2
            """)
        var properties: [DatabaseProperty] = []
        for row in 0..<rows.count {
            guard let name = rows.text(row, 0), let line = rows.text(row, 1) else { continue }
            properties.append(DatabaseProperty(name, line))
        }
        return properties
    }
}

/// The statements that give a database such properties. Decides; runs nothing.
struct PropertyStatements {
    let database: String
    let properties: [DatabaseProperty]

    private func value(_ name: String) -> String? { properties.first { $0.name == name }?.value }

    /// An empty database of the same encoding and collation, whatever the server's default is.
    var creation: String {
        var options = ["TEMPLATE = template0"]
        if let encoding = value("encoding") { options.append("ENCODING = \(encoding.sqlLiteral)") }
        if let collate = value("collate") { options.append("LC_COLLATE = \(collate.sqlLiteral)") }
        if let ctype = value("ctype") { options.append("LC_CTYPE = \(ctype.sqlLiteral)") }
        switch value("locale_provider") {
        case "icu":
            options.append("LOCALE_PROVIDER = icu")
            if let locale = value("locale") { options.append("ICU_LOCALE = \(locale.sqlLiteral)") }
            if let rules = value("icu_rules") { options.append("ICU_RULES = \(rules.sqlLiteral)") }
        case "builtin":
            options.append("LOCALE_PROVIDER = builtin")
            if let locale = value("locale") {
                options.append("BUILTIN_LOCALE = \(locale.sqlLiteral)")
            }
        default: break
        }
        return "CREATE DATABASE \(database.sqlIdentifier) WITH \(options.joined(separator: " "))"
    }

    /// Settings and rights, each for itself: where one is refused, the others are not.
    func completion(keepingOwners: Bool) -> [String] {
        let name = database.sqlIdentifier
        var statements: [String] = []
        if let limit = value("connection_limit"), let number = Int(limit), number != -1 {
            statements.append("ALTER DATABASE \(name) CONNECTION LIMIT \(number)")
        }
        for property in properties where property.name.split(separator: " ").first == "setting" {
            if let statement = setting(property) { statements.append(statement) }
        }
        guard keepingOwners else { return statements }
        if value("rights") != nil {
            statements.append("REVOKE ALL ON DATABASE \(name) FROM PUBLIC")
        }
        for property in properties where property.name.hasPrefix("grant ") {
            if let statement = grant(property) { statements.append(statement) }
        }
        return statements
    }

    /// Last of all: everything else needs the owner's right.
    var owner: String? {
        value("owner").map {
            "ALTER DATABASE \(database.sqlIdentifier) OWNER TO \($0.sqlIdentifier)"
        }
    }

    /// What says of it what it is; takes the mark of a restore away.
    var comment: String {
        "COMMENT ON DATABASE \(database.sqlIdentifier) IS \(value("comment").sqlLiteral)"
    }

    private static let rights: Set = ["CREATE", "CONNECT", "TEMPORARY"]

    private func grant(_ property: DatabaseProperty) -> String? {
        let role = String(property.name.dropFirst("grant ".count))
        let option = " WITH GRANT OPTION"
        let isGrantable = property.value.hasSuffix(option)
        let right =
            isGrantable ? String(property.value.dropLast(option.count)) : property.value
        guard Self.rights.contains(right) else { return nil }
        return
            "GRANT \(right) ON DATABASE \(database.sqlIdentifier) TO \(role == "public" ? "PUBLIC" : role.sqlIdentifier)\(isGrantable ? option : "")"
    }

    /// `search_path=app, public`, as the server keeps it.
    private func setting(_ property: DatabaseProperty) -> String? {
        guard let equals = property.value.firstIndex(of: "=") else { return nil }
        let name = String(property.value[..<equals])
        let value = String(property.value[property.value.index(after: equals)...])
        let quoted = name.split(separator: ".").map { String($0).sqlIdentifier }
            .joined(separator: ".")
        let list =
            Self.lists.contains(name.lowercased())
            ? SettingList.elements(of: value).map(\.sqlLiteral).joined(separator: ", ")
            : value.sqlLiteral
        let role = property.name.dropFirst("setting ".count)
        let subject =
            role.isEmpty
            ? "DATABASE \(database.sqlIdentifier)"
            : "ROLE \(String(role).sqlIdentifier) IN DATABASE \(database.sqlIdentifier)"
        return "ALTER \(subject) SET \(quoted) = \(list.isEmpty ? "''" : list)"
    }

    /// Settings that are lists of names: written as one text they would be one name.
    private static let lists: Set = [
        "local_preload_libraries", "search_path", "session_preload_libraries", "temp_tablespaces",
    ]
}

/// A list of names as a setting keeps it: `"$user", public`.
enum SettingList {
    static func elements(of text: String) -> [String] {
        var elements: [String] = []
        var rest = text[...].drop(while: \.isWhitespace)
        while !rest.isEmpty {
            var element = ""
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let character = rest.popFirst() {
                    if character == "\"" {
                        guard rest.first == "\"" else { break }
                        rest = rest.dropFirst()
                    }
                    element.append(character)
                }
            } else {
                element = String(rest.prefix { $0 != "," })
                rest = rest.dropFirst(element.count)
                while element.last?.isWhitespace == true { element.removeLast() }
            }
            elements.append(element)
            rest = rest.drop { $0.isWhitespace || $0 == "," }
        }
        return elements
    }
}

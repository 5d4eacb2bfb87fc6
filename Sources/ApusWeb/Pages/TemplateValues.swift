import Mustache

/// A page's values by name.
///
/// The template library can look into any struct, and does it again for each name that a template
/// holds, through all the fields. Here each struct is looked at once.
enum TemplateValues {
    /// Structs become dictionaries, down to the texts, flags and numbers in them; a field without a
    /// value is left out.
    static func of(_ value: Any) -> Any {
        switch value {
        case is String, is Int, is Bool: return value
        case let values as [Any]: return values.map(of)
        case is any CustomStringConvertible: return value
        default: break
        }
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .struct else { return value }
        var fields: [String: Any] = [:]
        for case (let label?, let field) in mirror.children {
            if let field = present(field) { fields[label] = of(field) }
        }
        return Fields(values: fields)
    }

    /// The template library asks of each value what it can do, and a type of its own answers faster
    /// than a dictionary.
    private struct Fields: MustacheParent {
        var values: [String: Any]

        func child(named name: String) -> Any? { values[name] }
    }

    /// What an optional holds; anything else as it is.
    private static func present(_ field: Any) -> Any? {
        switch field {
        case let text as String: return text
        default: break
        }
        let mirror = Mirror(reflecting: field)
        guard mirror.displayStyle == .optional else { return field }
        return mirror.children.first?.value
    }
}

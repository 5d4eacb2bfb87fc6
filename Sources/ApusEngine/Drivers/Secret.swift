/// A text that must not be seen: it prints as dots wherever it is interpolated, dumped or logged.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The text itself, for the one call that needs it.
    public let revealed: String

    public init(_ text: String) {
        revealed = text
    }

    public var description: String { "•••" }
    public var debugDescription: String { "•••" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// A message of somebody else's with every occurrence of the secret replaced by dots.
    public func redact(_ message: String) -> String {
        guard !revealed.isEmpty else { return message }
        var clean = ""
        var rest = message[...]
        while !rest.isEmpty {
            if rest.hasPrefix(revealed) {
                clean += description
                rest = rest.dropFirst(revealed.count)
            } else {
                clean.append(rest.removeFirst())
            }
        }
        return clean
    }
}

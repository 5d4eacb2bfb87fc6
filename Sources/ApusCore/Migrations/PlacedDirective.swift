/// A directive, and where it stands in its file.
public struct PlacedDirective: Hashable, Sendable {
    public var directive: Directive
    /// The section that it stands in; `nil` for the header, where it holds for both.
    public var section: Direction?
    /// The bytes of its line.
    public var range: Range<Int>

    public init(_ directive: Directive, section: Direction?, range: Range<Int>) {
        self.directive = directive
        self.section = section
        self.range = range
    }
}

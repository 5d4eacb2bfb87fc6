/// A version as Semantic Versioning 2.0.0 defines it (https://semver.org/spec/v2.0.0.html).
///
/// Order, equality and hash follow the specification's *precedence*: a pre-release sorts before its
/// release, and build metadata counts for nothing. `1.0.0+a` and `1.0.0+b` are therefore one and the
/// same key in a set, although each keeps its own `description`.
public struct SemanticVersion: Sendable {
    /// The numbers may be as large as `UInt128` allows; the specification names no limit, and its
    /// own examples exceed 64 bits.
    public let major: UInt128
    public let minor: UInt128
    public let patch: UInt128
    /// What follows the hyphen, for instance `rc` and `1` in `1.0.0-rc.1`; empty for a release.
    public let prerelease: [Identifier]
    /// What follows the plus sign; ignored in every comparison.
    public let build: [String]

    /// A release without pre-release identifiers and build metadata.
    public init(_ major: UInt128, _ minor: UInt128, _ patch: UInt128) {
        self.init(major, minor, patch, prerelease: [], build: [])
    }

    init(
        _ major: UInt128, _ minor: UInt128, _ patch: UInt128,
        prerelease: [Identifier], build: [String]
    ) {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
        self.build = build
    }

    /// Whether the version announces a release instead of being one.
    public var isPrerelease: Bool { !prerelease.isEmpty }

    /// One of the dot-separated parts of a pre-release.
    public enum Identifier: Hashable, Sendable {
        /// Digits only: compared as a number.
        case number(UInt128)
        /// Anything else: compared character by character in ASCII order, after every number.
        case text(String)
    }
}

extension SemanticVersion: Hashable, Comparable {
    public static func == (left: Self, right: Self) -> Bool {
        left.major == right.major && left.minor == right.minor && left.patch == right.patch
            && left.prerelease == right.prerelease
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(major)
        hasher.combine(minor)
        hasher.combine(patch)
        hasher.combine(prerelease)
    }

    /// Precedence, as section 11 of the specification defines it.
    public static func < (left: Self, right: Self) -> Bool {
        let (leftCore, rightCore) = (
            (left.major, left.minor, left.patch), (right.major, right.minor, right.patch)
        )
        if leftCore != rightCore { return leftCore < rightCore }
        // Having no pre-release identifiers ranks highest, having more of them ranks higher.
        if left.prerelease.isEmpty || right.prerelease.isEmpty {
            return !left.prerelease.isEmpty && right.prerelease.isEmpty
        }
        return left.prerelease.lexicographicallyPrecedes(right.prerelease)
    }
}

extension SemanticVersion.Identifier: Comparable, CustomStringConvertible {
    public static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left < right
        case (.text(let left), .text(let right)): left < right
        case (.number, .text): true
        case (.text, .number): false
        }
    }

    public var description: String {
        switch self {
        case .number(let number): String(number)
        case .text(let text): text
        }
    }
}

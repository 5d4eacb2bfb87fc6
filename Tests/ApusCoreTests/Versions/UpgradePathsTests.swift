import ApusCore
import Testing

@Suite struct UpgradePathsTests {
    @Test(arguments: [
        // No declaration at all: every version follows the one below it.
        Walk("", "1.0.0 1.1.0 1.2.0", from: "1.0.0", to: "1.2.0", is: "1.1.0 1.2.0"),
        Walk("", "1.2.0 1.0.0 1.1.0", from: "1.0.0", to: "1.1.0", is: "1.1.0"),
        Walk("", "1.0.0 2.0.0-rc.1 2.0.0", from: "1.0.0", to: "2.0.0", is: "2.0.0-rc.1 2.0.0"),
        // An empty database starts anywhere.
        Walk("", "1.0.0 1.1.0", from: nil, to: "1.1.0", is: "1.1.0"),
        Walk(guest, "1.0.0 1.1.0 1.2.0 1.3.0", from: nil, to: "1.3.0", is: "1.3.0"),
        // Nothing leads up.
        Walk(guest, "1.0.0 1.1.0", from: "1.1.0", to: "1.1.0", is: ""),
        Walk(guest, "1.0.0 1.1.0", from: "1.1.0", to: "1.0.0", is: ""),
        // Declared edges, the shortest way.
        Walk(guest, "1.0.0 1.1.0 1.2.0 1.3.0", from: "1.0.0", to: "1.1.0", is: "1.1.0"),
        Walk(guest, "1.0.0 1.1.0 1.2.0 1.3.0", from: "1.0.0", to: "1.2.0", is: "1.2.0"),
        Walk(guest, "1.0.0 1.1.0 1.2.0 1.3.0", from: "1.0.0", to: "1.3.0", is: "1.2.0 1.3.0"),
        Walk(guest, "1.0.0 1.1.0 1.2.0 1.3.0", from: "1.1.0", to: "1.3.0", is: "1.2.0 1.3.0"),
        // A declared version without migrations may be passed all the same.
        Walk(guest, "1.0.0 1.1.0 1.3.0", from: "1.1.0", to: "1.3.0", is: "1.2.0 1.3.0"),
        // Undeclared versions: between, above, below.
        Walk(guest, extended, from: "1.2.0", to: "1.2.1", is: "1.2.1"),
        Walk(guest, extended, from: "1.0.0", to: "1.2.1", is: "1.2.0 1.2.1"),
        Walk(guest, extended, from: "1.2.1", to: "1.3.0", is: "1.3.0"),
        Walk(guest, extended, from: "1.0.0", to: "1.4.0", is: "1.2.0 1.3.0 1.4.0"),
        Walk(guest, extended, from: "1.2.1", to: "1.5.0", is: "1.3.0 1.4.0 1.5.0"),
        Walk(guest, extended, from: "0.9.0", to: "1.2.0", is: "1.0.0 1.2.0"),
        Walk(guest, extended, from: "0.8.0", to: "1.0.0", is: "0.9.0 1.0.0"),
        // A database at a version whose files are gone, or that a baseline made.
        Walk(guest, "1.0.0 1.1.0 1.2.0", from: "1.1.5", to: "1.2.0", is: "1.2.0"),
        Walk(guest, "1.0.0 1.1.0 1.2.0", from: "0.0.0", to: "1.2.0", is: "1.0.0 1.2.0"),
        // Edges between old versions do not hold up later ones.
        Walk(
            "1.0.0>1.1.0", "1.0.0 1.1.0 1.2.0 1.3.0", from: "1.0.0", to: "1.3.0",
            is: "1.1.0 1.2.0 1.3.0"),
        // Edges between new versions do not hold up earlier ones.
        Walk(
            "1.2.0>1.3.0", "1.0.0 1.1.0 1.2.0 1.3.0", from: "1.0.0", to: "1.3.0",
            is: "1.1.0 1.2.0 1.3.0"),
        // Edges that wait for versions to come change nothing for those that are there.
        Walk(
            "1.0.0>1.1.0 1.2.0>1.3.0", "1.0.0 1.1.0 1.4.0", from: "1.0.0", to: "1.4.0",
            is: "1.1.0 1.4.0"),
        // Of two shortest ways, the one that reaches higher first.
        Walk(
            "1.0.0>1.1.0,1.2.0 1.1.0>2.0.0 1.2.0>2.0.0", "1.0.0 1.1.0 1.2.0 2.0.0",
            from: "1.0.0", to: "2.0.0", is: "1.2.0 2.0.0"),
        Walk(
            "1.0.0>2.0.0,1.1.0", "1.0.0 1.1.0 2.0.0", from: "1.0.0", to: "2.0.0", is: "2.0.0"),
    ])
    func `a path follows the edges`(walk: Walk) throws {
        #expect(try walk.paths.path(from: walk.from, to: walk.to, among: walk.known) == walk.path)
    }

    @Test(arguments: [
        Walk(
            "1.0.0>1.1.0 1.2.0>1.3.0", "1.0.0 1.1.0 1.2.0 1.3.0", from: "1.0.0", to: "1.2.0", is: ""
        ),
        // An undeclared version opens no jump that its predecessor may not make.
        Walk(
            "1.0.0>1.1.0 1.2.0>1.3.0", "1.0.0 1.1.0 1.1.5 1.2.0 1.3.0", from: "1.1.5",
            to: "1.2.0", is: ""),
        Walk(
            "1.0.0>1.2.0 1.1.0>1.1.5", "1.0.0 1.1.0 1.1.5 1.2.0", from: "1.0.0", to: "1.1.5", is: ""
        ),
    ])
    func `a gap between declared versions is an error`(walk: Walk) {
        let diagnostic = #expect(throws: Diagnostic.self) {
            try walk.paths.path(from: walk.from, to: walk.to, among: walk.known)
        }
        #expect(diagnostic?.code == .noUpgradePath)
    }

    @Test func `the error prints the edges and the way as far as it goes`() {
        let walk = Walk(
            "1.2.0>1.3.0 1.0.0>1.1.0,1.0.1", "1.0.0 1.0.1 1.1.0 1.2.0", from: "1.0.0",
            to: "1.2.0", is: "")
        let diagnostic = #expect(throws: Diagnostic.self) {
            try walk.paths.path(from: walk.from, to: walk.to, among: walk.known)
        }
        #expect(diagnostic?.message == "no upgrade path leads from 1.0.0 to 1.2.0")
        #expect(
            diagnostic?.details == [
                "declared upgrade paths:", "1.0.0 → 1.0.1, 1.1.0", "1.2.0 → 1.3.0",
            ])
        #expect(
            diagnostic?.help == [
                "the paths lead as far as 1.1.0: apus migrate 1.1.0",
                "to allow it, add it to the catalogue: upgrade_paths: {1.0.0: [1.2.0]}",
            ])
    }

    @Test func `thousands of undeclared versions are walked in order`() throws {
        let known = (0..<5_000).map { SemanticVersion(1, $0, 0) }
        let path = try UpgradePaths().path(from: known[0], to: known[4_999], among: known)
        #expect(path == Array(known.dropFirst()))
    }
}

private let guest = "1.0.0>1.1.0,1.2.0 1.1.0>1.2.0 1.2.0>1.3.0"
private let extended = "0.8.0 0.9.0 1.0.0 1.1.0 1.2.0 1.2.1 1.3.0 1.4.0 1.5.0"

/// One row of the tables: declared edges, versions with migrations, and the expected path.
struct Walk: CustomTestStringConvertible {
    let paths: UpgradePaths
    let known: [SemanticVersion]
    let from: SemanticVersion?
    let to: SemanticVersion
    let path: [SemanticVersion]
    let testDescription: String

    init(_ edges: String, _ known: String, from: String?, to: String, is path: String) {
        var declared: [SemanticVersion: [SemanticVersion]] = [:]
        for edge in edges.split(separator: " ") {
            let ends = edge.split(separator: ">")
            declared[SemanticVersion(String(ends[0]))!] = versions(ends[1], separator: ",")
        }
        paths = UpgradePaths(declared)
        self.known = versions(known)
        self.from = from.map { SemanticVersion($0)! }
        self.to = SemanticVersion(to)!
        self.path = versions(path)
        testDescription = "\(from ?? "empty") to \(to) of \(known) over \(edges)"
    }
}

private func versions(
    _ text: some StringProtocol, separator: Character = " "
) -> [SemanticVersion] {
    text.split(separator: separator).map { SemanticVersion(String($0))! }
}

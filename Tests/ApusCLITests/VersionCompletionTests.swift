import Foundation
import Testing

@testable import ApusCLI

@Suite struct VersionCompletionTests {
    @Test(arguments: [
        (["apus", "migrate", "--migrations", "a", ""], "a"),
        (["apus", "migrate", "--migrations=b"], "b"),
        (["apus", "--migrations", "a", "--migrations=b"], "b"),
    ])
    func `an option's value is read from the words so far`(words: [String], value: String) {
        #expect(VersionCompletion(words: words).value(of: "--migrations") == value)
    }

    @Test func `an option without a value is passed over`() {
        #expect(VersionCompletion(words: ["apus", "--migrations"]).flags.isEmpty)
    }

    @Test func `versions come from the file names, ascending and each once`() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(component: "apus-completion-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in [
            "20250101_000000_1.10.0_c", "20250101_000000_1.9.0_a", "20250102_000000_1.9.0_b",
            "20250101_000000_2.0.0_d", "notes",
        ] {
            // Never parsed: what stands in the files does not matter.
            try Data("half a migr".utf8).write(to: folder.appending(component: "\(name).sql"))
        }
        let completion = VersionCompletion(words: ["apus", "--migrations", folder.path])
        #expect(
            await completion.candidates(beginningWith: "", variables: [:])
                == ["1.9.0", "1.10.0", "2.0.0"])
        #expect(await completion.candidates(beginningWith: "1.1", variables: [:]) == ["1.10.0"])
    }

    @Test func `a folder that is not there completes nothing`() async {
        let completion = VersionCompletion(words: ["apus", "--migrations", "/nowhere/at/all"])
        #expect(await completion.candidates(beginningWith: "", variables: [:]).isEmpty)
    }
}

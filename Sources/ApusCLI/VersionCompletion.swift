import ApusCore
import ApusEngine
import ArgumentParser
import Foundation

extension CompletionKind {
    /// The versions that have migrations: the names of the files are enough, no database is asked.
    static var versions: CompletionKind {
        .custom { words, _, prefix async in
            await VersionCompletion(words: words).candidates(
                beginningWith: prefix, variables: ProcessInfo.processInfo.environment)
        }
    }
}

/// Completes a version on a command line that is being typed.
struct VersionCompletion {
    /// The line's words so far, as the shell gives them.
    let words: [String]

    /// Ascending, each once; none where the project cannot be read, for a shell shows no message.
    func candidates(beginningWith prefix: String, variables: [String: String]) async -> [String] {
        guard
            let settings = try? await Settings.load(
                flags: flags, config: value(of: "--config"), environment: variables)
        else { return [] }
        let project = Project(
            settings: settings, catalogue: .empty,
            console: Console(colour: .never, verbosity: .quiet, isJSON: false, environment: [:]))
        guard let engine = try? project.engine(), let ids = try? project.folder(engine).ids() else {
            return []
        }
        return Set(ids.map(\.version)).sorted().map(\.description).filter { $0.hasPrefix(prefix) }
    }

    /// The options that decide where the files are.
    var flags: [Setting: String] {
        let settings: [Setting] = [.databaseURL, .migrations, .engine]
        return Dictionary(
            uniqueKeysWithValues: settings.compactMap { setting in
                value(of: setting.flag).map { (setting, $0) }
            })
    }

    /// `--flag VALUE` or `--flag=VALUE`; the last one counts.
    func value(of flag: String) -> String? {
        var found: String?
        for (index, word) in words.enumerated() {
            if word == flag, index + 1 < words.count { found = words[index + 1] }
            if word.hasPrefix(flag + "=") { found = String(word.dropFirst(flag.count + 1)) }
        }
        return found
    }
}

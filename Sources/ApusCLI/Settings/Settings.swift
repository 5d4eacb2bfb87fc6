import ApusCore
import ApusEngine
import Configuration
import Foundation
import SystemPackage

/// Every setting's value and where it came from: flags over environment over `.env` over
/// `environments.NAME` in `apus.yaml` over the rest of `apus.yaml` over defaults.
struct Settings: Sendable {
    struct Value: Hashable, Sendable {
        var text: String
        /// `--database-url`, `DATABASE_URL`, `.env`, `apus.yaml`, `default`.
        var source: String
        /// The folder that a relative path is relative to; empty for the current one.
        var folder: String = ""
    }

    private let values: [Setting: Value]
    /// The configuration file, where one was read.
    let file: String?

    subscript(setting: Setting) -> Value? { values[setting] }

    func text(_ setting: Setting) -> String? { values[setting]?.text }

    /// A path setting, relative to the file that it stands in.
    func path(_ setting: Setting) -> FilePath? {
        values[setting].map { FilePath($0.folder).pushing(FilePath($0.text)) }
    }

    /// Reads all layers. Throws `configuration-invalid`.
    static func load(
        flags: [Setting: String], config: String?, environment: [String: String]
    ) async throws(Diagnostics) -> Settings {
        let file = try configurationFile(config, environment)
        if let file {
            try ProjectFile.check(
                path: file, known: Setting.topKeys(Setting.allCases),
                perEnvironment: Setting.topKeys(Setting.allCases.filter(\.isPerEnvironment)),
                maps: Setting.mapKeys, sections: ["web", "lint"])
        }
        var layers: [Layer] = [.flags(flags), .environment(environment)]
        do {
            layers.append(try await .dotEnv(beside: file))
            if let file {
                let whole = try await Layer.file(file)
                let name = (layers + [whole]).lazy.compactMap { $0.value(of: .environment) }.first
                layers.append(try await .file(file, environment: name?.text ?? defaultEnvironment))
                layers.append(whole)
            }
        } catch {
            throw Diagnostics([
                Diagnostic(
                    .configurationInvalid, "the configuration cannot be read: \(error)",
                    details: file.map { ["file: \($0)"] } ?? [])
            ])
        }
        var values: [Setting: Value] = [:]
        for setting in Setting.allCases {
            for layer in layers where values[setting] == nil {
                values[setting] = layer.value(of: setting)
            }
        }
        return Settings(values: values, file: file)
    }

    static let defaultEnvironment = "development"

    private static func configurationFile(
        _ config: String?, _ environment: [String: String]
    ) throws(Diagnostics) -> String? {
        let named = config ?? environment["APUS_CONFIG"]
        let path = named ?? "apus.yaml"
        if FileManager.default.fileExists(atPath: path) { return path }
        guard named != nil else { return nil }
        throw Diagnostics([
            Diagnostic(.configurationInvalid, "there is no configuration file at \(path)")
        ])
    }
}

/// One source of settings.
private struct Layer {
    var reader: ConfigReader
    /// Where a setting may stand; the first that is there counts.
    var keys: @Sendable (Setting) -> [ConfigKey]
    var source: @Sendable (Setting) -> String
    var folder = ""

    func value(of setting: Setting) -> Settings.Value? {
        let text = keys(setting).lazy.compactMap {
            reader.string(forKey: $0, isSecret: setting == .databaseURL)
        }.first
        return text.flatMap { text in
            text.isEmpty
                ? nil : Settings.Value(text: text, source: source(setting), folder: folder)
        }
    }

    static func flags(_ flags: [Setting: String]) -> Layer {
        let values = flags.map { setting, text in
            (AbsoluteConfigKey([setting.rawValue]), ConfigValue(.string(text), isSecret: true))
        }
        return Layer(
            reader: ConfigReader(
                provider: InMemoryProvider(values: Dictionary(uniqueKeysWithValues: values))),
            keys: { [ConfigKey([$0.rawValue])] }, source: { $0.flag })
    }

    static func environment(_ environment: [String: String]) -> Layer {
        Layer(
            reader: ConfigReader(
                provider: EnvironmentVariablesProvider(environmentVariables: environment)),
            keys: { [ConfigKey($0.variable.lowercased().split(separator: "_").map(String.init))] },
            source: { $0.variable })
    }

    static func dotEnv(beside file: String?) async throws -> Layer {
        let folder = file.map { FilePath($0).removingLastComponent() } ?? FilePath()
        return Layer(
            reader: ConfigReader(
                provider: try await EnvironmentVariablesProvider(
                    environmentFilePath: folder.appending(".env"), allowMissing: true)),
            keys: { [ConfigKey($0.variable.lowercased().split(separator: "_").map(String.init))] },
            source: { _ in ".env" }, folder: folder.string)
    }

    /// The file's own settings, or those that it has for one environment.
    static func file(_ path: String, environment: String? = nil) async throws -> Layer {
        let name = FilePath(path).lastComponent?.string ?? path
        let above = environment.map { ["environments", $0] } ?? []
        return Layer(
            reader: ConfigReader(
                provider: try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))),
            keys: { setting in
                // The words of a key may also be joined by hyphens.
                let keys = setting.fileKeys
                let hyphenated = keys.map { $0.replacing("_", with: "-") }
                return [keys, hyphenated].map { ConfigKey(above + $0) }
            },
            source: { _ in environment.map { "\(name), environments.\($0)" } ?? name },
            folder: FilePath(path).removingLastComponent().string)
    }
}

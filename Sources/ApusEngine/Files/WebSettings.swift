public import ApusCore
import Foundation
import Yams

/// The section `web` of `apus.yaml`: who may see the admin page that `apus serve` serves, and whom it
/// tells of runs.
public struct WebSettings: Hashable, Sendable {
    public struct User: Hashable, Sendable {
        public var name: String
        /// As `apus password` prints it.
        public var password: String
        public var scopes: [Scope]
    }

    public struct Token: Hashable, Sendable {
        public var name: String
        /// SHA-256 of the token's text.
        public var digest: Checksum
        public var scopes: [Scope]
    }

    /// What somebody may do.
    public enum Scope: String, Hashable, Sendable, CaseIterable {
        case read
        /// Run, roll back, cancel, back up.
        case operate
        /// Download backups.
        case download
    }

    public struct Webhook: Hashable, Sendable {
        public var name: String
        public var url: String
        /// The environment variable that holds what the body is signed with.
        public var secretVariable: String
        public var allowsPrivate: Bool

        /// Whether a text is an address to tell something at: `https://…`, or also `http://…` where
        /// private targets are allowed, with a host and nobody's name in it (W8).
        public static func isAddress(_ text: String, allowsPrivate: Bool) -> Bool {
            guard let url = URL(string: text) else { return false }
            return url.host()?.isEmpty == false && url.user() == nil
                && (url.scheme == "https" || (url.scheme == "http" && allowsPrivate))
        }
    }

    /// The names under which the server is reached.
    public var hosts: [String] = []
    /// Addresses of the proxies whose `X-Forwarded-For` is believed.
    public var trustedProxies: [String] = []
    /// Whether browsers reach it over TLS, which a proxy in front of it ends.
    public var isSecure = true
    public var hasPublicVersions = true
    public var hasPublicMetrics = true
    public var users: [User] = []
    public var tokens: [Token] = []
    public var webhooks: [Webhook] = []

    public init() {}

    /// Reads the section; without one, the defaults. Throws `configuration-invalid` with every
    /// problem found.
    public static func read(path: String) throws(Diagnostics) -> WebSettings {
        let source = try YAMLSource.configuration(at: path)
        guard let root = try source.compose(), let node = root.mapping?["web"] else {
            return WebSettings()
        }
        var reader = WebSettingsReader(YAMLReader(source))
        let settings = reader.settings(node)
        guard reader.yaml.problems.isEmpty else { throw Diagnostics(reader.yaml.problems) }
        return settings
    }
}

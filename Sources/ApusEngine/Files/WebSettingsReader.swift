import ApusCore
import Foundation
import Yams

/// Reads the section `web`, a field at a time, and collects what is wrong.
struct WebSettingsReader {
    private(set) var yaml: YAMLReader

    init(_ yaml: YAMLReader) {
        self.yaml = yaml
    }

    mutating func settings(_ node: Node) -> WebSettings {
        let fields = yaml.fields(
            node, of: "web",
            keys: [
                "hosts", "https", "public_versions", "public_metrics", "trusted_proxies", "users",
                "tokens", "webhooks",
            ])
        var settings = WebSettings()
        settings.hosts = yaml.texts(fields["hosts"], of: "web.hosts")
        settings.trustedProxies = addresses(fields["trusted_proxies"], "web.trusted_proxies")
        settings.isSecure = yaml.flag(fields["https"], of: "web.https") ?? true
        settings.hasPublicVersions =
            yaml.flag(fields["public_versions"], of: "web.public_versions") ?? true
        settings.hasPublicMetrics =
            yaml.flag(fields["public_metrics"], of: "web.public_metrics") ?? true
        settings.users = named(fields["users"], "web.users").compactMap { user($0, $1) }
        settings.tokens = named(fields["tokens"], "web.tokens").compactMap { token($0, $1) }
        settings.webhooks = named(fields["webhooks"], "web.webhooks").compactMap { webhook($0, $1) }
        return settings
    }

    private mutating func addresses(_ node: Node?, _ owner: String) -> [String] {
        guard let node else { return [] }
        let texts = yaml.texts(node, of: owner)
        for text in texts where !Self.isAddress(text) {
            yaml.report(
                "\(owner): \"\(text)\" is no address", at: node,
                hint: "write addresses of IPv4 or IPv6, without a port")
        }
        return texts
    }

    private static func isAddress(_ text: String) -> Bool {
        var (short, long) = (in_addr(), in6_addr())
        return inet_pton(AF_INET, text, &short) == 1 || inet_pton(AF_INET6, text, &long) == 1
    }

    /// The entries of a map by name.
    private mutating func named(_ node: Node?, _ owner: String) -> [(String, Node)] {
        yaml.pairs(node, of: owner).compactMap { key, value in
            guard let name = key.scalar?.string, !name.isEmpty else {
                yaml.report("\(owner) needs names for keys", at: key)
                return nil
            }
            return (name, value)
        }
    }

    private mutating func user(_ name: String, _ node: Node) -> WebSettings.User? {
        let owner = "user \(name)"
        let fields = yaml.fields(node, of: owner, keys: ["password", "role", "download"])
        guard let password = required("password", fields, owner, node) else { return nil }
        let role = yaml.text(fields["role"], of: "\(owner)'s role") ?? "viewer"
        guard ["viewer", "operator"].contains(role) else {
            yaml.report("\(owner)'s role is viewer or operator", at: fields["role"] ?? node)
            return nil
        }
        let downloads = yaml.flag(fields["download"], of: "\(owner)'s download") ?? false
        var scopes: [WebSettings.Scope] = role == "operator" ? [.read, .operate] : [.read]
        if downloads { scopes.append(.download) }
        return WebSettings.User(name: name, password: password, scopes: scopes)
    }

    private mutating func token(_ name: String, _ node: Node) -> WebSettings.Token? {
        let owner = "token \(name)"
        let fields = yaml.fields(node, of: owner, keys: ["digest", "scopes"])
        guard let text = required("digest", fields, owner, node) else { return nil }
        guard let digest = Checksum(hex: text) else {
            yaml.report(
                "\(owner)'s digest is no SHA-256 in hexadecimal", at: fields["digest"] ?? node,
                hint: "apus password --token makes a token and its digest")
            return nil
        }
        var scopes: [WebSettings.Scope] = []
        for item in yaml.items(fields["scopes"], of: "\(owner)'s scopes") {
            guard let scope = item.scalar.flatMap({ WebSettings.Scope(rawValue: $0.string) }) else {
                let known = WebSettings.Scope.allCases.map(\.rawValue).joined(separator: ", ")
                yaml.report("\(owner)'s scopes are \(known)", at: item)
                continue
            }
            scopes.append(scope)
        }
        return WebSettings.Token(
            name: name, digest: digest, scopes: scopes.isEmpty ? [.read] : scopes)
    }

    private mutating func webhook(_ name: String, _ node: Node) -> WebSettings.Webhook? {
        let owner = "webhook \(name)"
        let fields = yaml.fields(node, of: owner, keys: ["url", "secret_variable", "private"])
        guard let url = required("url", fields, owner, node),
            let variable = required("secret_variable", fields, owner, node)
        else { return nil }
        let allowsPrivate = yaml.flag(fields["private"], of: "\(owner)'s private") ?? false
        guard WebSettings.Webhook.isAddress(url, allowsPrivate: allowsPrivate) else {
            yaml.report(
                "\(owner)'s url is no address that it could be told at", at: fields["url"] ?? node,
                hint: "write https://HOST/PATH; with `private: true`, http://HOST/PATH as well")
            return nil
        }
        return WebSettings.Webhook(
            name: name, url: url, secretVariable: variable, allowsPrivate: allowsPrivate)
    }

    private mutating func required(
        _ key: String, _ fields: [String: Node], _ owner: String, _ node: Node
    ) -> String? {
        guard fields[key] != nil else {
            yaml.report("\(owner) needs `\(key)`", at: node)
            return nil
        }
        return yaml.text(fields[key], of: "\(owner)'s \(key)")
    }
}

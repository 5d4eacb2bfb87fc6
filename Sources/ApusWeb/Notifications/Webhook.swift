public import ApusEngine

/// An address that is told of what runs do. It comes from the configuration alone (W8).
public struct Webhook: Sendable {
    /// `https://…`; `http://` only to addresses that ``allowsPrivate`` lets through.
    public var url: String
    /// What the body is signed with.
    public var secret: Secret
    /// Whether the address may be one of this machine or of a private network.
    public var allowsPrivate: Bool

    public init(url: String, secret: Secret, allowsPrivate: Bool = false) {
        self.url = url
        self.secret = secret
        self.allowsPrivate = allowsPrivate
    }

    /// Whether ``url`` is one that a webhook may have.
    var hasAddress: Bool { WebSettings.Webhook.isAddress(url, allowsPrivate: allowsPrivate) }
}

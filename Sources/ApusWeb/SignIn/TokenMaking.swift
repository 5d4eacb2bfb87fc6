public import ApusCore

extension SignIn.Token {
    /// A new token for programs: its text, which is kept nowhere, and the digest that is.
    public static func make() -> (text: String, digest: Checksum) {
        let text = "apus_" + Opaque.random(bytes: 24)
        return (text, Checksum(of: text))
    }
}

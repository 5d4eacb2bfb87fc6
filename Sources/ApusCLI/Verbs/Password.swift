import ApusCore
import ApusWeb
import ArgumentParser
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus password`
struct Password: PlainVerb {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Make the hash of a password, or an API token, for the configuration.",
        discussion:
            "Reads the password from the terminal without showing it, or one line from standard input. Neither is kept anywhere."
    )

    @OptionGroup var output: OutputOptions

    @Flag(name: .long, help: "Make a token for programs, and print it with its digest.")
    var token = false

    func run(on console: Console) async throws(Diagnostics) -> ExitStatus {
        if token {
            let made = SignIn.Token.make()
            if console.isJSON {
                console.document(
                    JSONDocument("token", TokenBody(token: made.text, digest: made.digest.hex)).text
                )
            } else {
                console.print("The token, shown this once: \(made.text)")
                console.print("For apus.yaml:")
                console.print(
                    "  web:\n    tokens:\n      NAME:\n        digest: \(made.digest.hex)")
                console.print("        scopes: [read, operate]")
            }
            return .success
        }
        let password = try Self.read(console)
        let hash: PasswordHash
        do {
            hash = try PasswordHash(of: password)
        } catch {
            throw Diagnostics([
                Diagnostic(.internalError, "the password cannot be hashed: \(error)")
            ])
        }
        if console.isJSON {
            console.document(JSONDocument("password", PasswordBody(hash: hash.description)).text)
        } else {
            console.answer(hash.description)
        }
        return .success
    }

    /// Asks twice on a terminal, once elsewhere. Throws `usage` for nothing, or for two that differ.
    private static func read(_ console: Console) throws(Diagnostics) -> String {
        guard isatty(0) == 1 else { return try checked(readLine() ?? "") }
        let first = try checked(hidden("Password: "))
        guard hidden("Again: ") == first else {
            throw Diagnostics([Diagnostic(.usage, "the two passwords differ")])
        }
        return first
    }

    private static func checked(_ password: String) throws(Diagnostics) -> String {
        guard password.count >= 12 else {
            throw Diagnostics([
                Diagnostic(
                    .usage, "a password needs at least 12 characters",
                    help: ["a few words in a row are easy to remember: apus password"])
            ])
        }
        return password
    }

    /// Reads a line from the terminal without showing it.
    private static func hidden(_ prompt: String) -> String {
        FileHandle.standardError.write(Data(prompt.utf8))
        var before = termios()
        tcgetattr(0, &before)
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(0, TCSANOW, &silent)
        defer {
            tcsetattr(0, TCSANOW, &before)
            FileHandle.standardError.write(Data("\n".utf8))
        }
        return readLine() ?? ""
    }
}

/// `apus.password/1`
private struct PasswordBody: Encodable {
    var hash: String
}

/// `apus.token/1`
private struct TokenBody: Encodable {
    var token: String
    var digest: String
}

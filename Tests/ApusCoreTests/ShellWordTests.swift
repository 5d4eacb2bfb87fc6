import Foundation
import Testing

@testable import ApusCore

@Suite struct ShellWordTests {
    @Test(arguments: [
        ("guests_restored", "guests_restored"), ("backups/a-1.dump", "backups/a-1.dump"),
        ("gäste", "gäste"), ("two words", "'two words'"), ("it's", #"'it'\''s'"#),
        ("$HOME;rm *", "'$HOME;rm *'"), ("~ana", "'~ana'"), ("", "''"),
    ])
    func `what a shell would not take as it is stands in quotes`(text: String, word: String) {
        #expect(text.shellWord == word)
    }

    @Test(arguments: ["a b\tc", "it's \"quoted\"", "`id` $(id) \\", "new\nline", "!x", "#x", "ä ö"])
    func `a shell reads back what was quoted`(text: String) throws {
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", "printf %s \(text.shellWord)"]
        let pipe = Pipe()
        shell.standardOutput = pipe
        try shell.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        #expect(String(decoding: output, as: UTF8.self) == text)
    }
}

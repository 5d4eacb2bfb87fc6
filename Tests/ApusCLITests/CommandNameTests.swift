import ArgumentParser
import Testing

@testable import ApusCLI

struct CommandNameTests {
    @Test func `every command states its name`() {
        var open: [any ParsableCommand.Type] = [CommandLineTool.self]
        var seen = 0
        while let command = open.popLast() {
            seen += 1
            #expect(command.configuration.commandName != nil, "\(command)")
            open += command.configuration.subcommands
        }
        #expect(seen > 40)
    }
}

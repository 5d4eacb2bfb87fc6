import ApusCore
import ArgumentParser
import Foundation

/// The Guest Registration System: a small application that keeps its database with Apus and shows
/// Apus's pages beside its own.
@main
struct GuestRegistration: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "GuestRegistration",
        abstract: "Trips, their registrations and guests, and the housekeeping.",
        discussion:
            "The settings are those of apus.yaml in the current folder; DATABASE_URL goes before it."
    )

    @Option(help: "The address to listen at.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen at; 0 takes any that is free.")
    var port = 8090

    @Option(help: "The configuration file.")
    var config = "apus.yaml"

    func run() async throws {
        do {
            let settings = try await HostSettings.load(
                config, variables: ProcessInfo.processInfo.environment)
            try await HostServer(settings, host: host, port: port).run()
        } catch let diagnostics as Diagnostics {
            let renderer = DiagnosticRenderer()
            for diagnostic in diagnostics.all {
                FileHandle.standardError.write(Data("\(renderer.render(diagnostic))\n".utf8))
            }
            throw ExitCode(1)
        }
    }
}

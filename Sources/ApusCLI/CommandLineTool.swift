import ApusCore
import ApusEngine
public import ArgumentParser
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus`: parses, runs the verb, and ends with its exit code.
///
/// Every command states its name: to work one out of its type takes as long as a tenth of the start.
public struct CommandLineTool: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "apus",
        abstract: "Versions databases: applies SQL migrations safely, undoes them, backs up first.",
        version: ApusVersion.current,
        subcommands: [
            Status.self, PlanVerb.self, Migrate.self, Rollback.self, TestVerb.self,
            BackupGroup.self, Restore.self, Baseline.self, Verify.self, LintVerb.self,
            RepairGroup.self, Doctor.self, Wait.self,
            ScheduleGroup.self, RunDue.self, ConfirmVerb.self,
            VersionGroup.self, RunsGroup.self, DataGroup.self, Work.self, SchemaGroup.self,
            GraphVerb.self, AnalyticsVerb.self,
            CreateMigration.self, CreateInitial.self, SQLiteGroup.self, Lock.self, Init.self,
            Serve.self, Password.self, Explain.self,
        ])

    public init() {}

    /// The verbs by name, for checking that messages name only what exists.
    static var verbNames: [String] { configuration.subcommands.map { $0._commandName } }

    /// The process's main function.
    public static func run() async -> Never {
        #if APUS_FAILPOINTS
            Failpoints.arm(from: ProcessInfo.processInfo.environment)
        #endif
        let task = Task { await execute() }
        let interruptions = Interruptions { task.cancel() }
        let status = await task.value
        // A run that ended in success before the signal could stop it is a success.
        leave(
            status == ExitStatus.interrupted.rawValue ? interruptions.status ?? status : status)
    }

    private static func execute() async -> Int32 {
        do {
            var command = try await asyncParseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return ExitStatus.success.rawValue
        } catch let ending as Ending {
            return ending.status.rawValue
        } catch {
            return complain(error)
        }
    }

    /// What ArgumentParser itself has to say: help, version, completions and usage errors.
    private static func complain(_ error: any Error) -> Int32 {
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        let stream = code.isSuccess ? FileHandle.standardOutput : FileHandle.standardError
        if !text.isEmpty { stream.write(Data((text + "\n").utf8)) }
        return code.rawValue
    }
}

/// The first SIGINT or SIGTERM asks the run to stop in order; the second ends the process at once.
private final class Interruptions: @unchecked Sendable {
    // `@unchecked Sendable` because `received` is only touched on `queue`, and the sources never
    // change after construction.
    private let queue = DispatchQueue(label: "apus.signals")
    private var received: Int32?
    private var sources: [any DispatchSourceSignal] = []

    init(onFirst cancel: @escaping @Sendable () -> Void) {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [weak self] in
                guard let self, received == nil else { _exit(128 + number) }
                received = number
                cancel()
            }
            source.resume()
            sources.append(source)
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// 130 or 143 once a signal came.
    var status: Int32? { queue.sync { received.map { 128 + $0 } } }
}

/// Ends the process without what libraries do at its end: a session may be on its way of which nobody
/// wants to hear any more, and OpenSSL takes away what that thread is using.
private func leave(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
}

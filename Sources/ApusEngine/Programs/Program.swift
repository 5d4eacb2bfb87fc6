import Subprocess
package import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Another program, run so that it never outlives this process.
///
/// A `pg_dump` whose parent was killed would go on for hours, and hold locks that the next migration
/// waits for. So a shell stands in between, in a process group of its own, with a pipe from this
/// process as its input: when the pipe ends, whatever ended this process, the whole group is told to
/// end.
package struct Program: Sendable {
    package var path: FilePath
    package var arguments: [String]
    /// Added to this process's own variables. Secrets go here, never into the arguments, which
    /// anybody can read.
    package var environment: [String: String] = [:]
    /// Where it runs; `nil`: where this process does.
    package var folder: FilePath?
    /// As whom it runs; `nil`: as this process.
    package var account: Account?

    /// A user and a group of the system, by their numbers.
    package struct Account: Hashable, Sendable {
        package var user: UInt32
        package var group: UInt32

        package init(user: UInt32, group: UInt32) {
            self.user = user
            self.group = group
        }
    }

    package init(
        _ path: FilePath, _ arguments: [String], environment: [String: String] = [:],
        folder: FilePath? = nil, account: Account? = nil
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.folder = folder
        self.account = account
    }

    /// How a program ended, and what it said.
    package struct Ending: Hashable, Sendable {
        /// The exit status; 128 and the number of the signal where one ended it.
        package var status: Int32
        /// Standard output, where it was asked for.
        package var output = ""
        /// The last lines of standard error, or of both where they are told together.
        package var errors = ""

        package var isSuccess: Bool { status == 0 }
    }

    /// Why it could not be run at all.
    package struct NotRun: Error {
        package var reason: String
    }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - outputLimit: how many bytes of standard output are kept; more are a failure.
    ///   - onErrorLine: gets each line of standard error, and ends the program by answering false.
    package func run(
        outputLimit: Int = 1 << 20,
        onErrorLine: @escaping @Sendable (String) -> Bool = { _ in true }
    ) async throws(NotRun) -> Ending {
        try await started { (configuration, input) in
            let result = try await Subprocess.run(
                configuration, input: input, output: .string(limit: outputLimit), error: .sequence
            ) { execution in
                var tail = Tail()
                for try await line in execution.standardError.strings() {
                    tail.append(line)
                    guard onErrorLine(line) else {
                        await execution.teardown(using: Self.teardown)
                        break
                    }
                }
                return tail.text
            }
            return Ending(
                status: result.terminationStatus.code, output: result.standardOutput,
                errors: result.closureResult)
        }
    }

    /// Runs it to its end and keeps the last lines of everything that it says.
    package func runTogether() async throws(NotRun) -> Ending {
        try await started { (configuration, input) in
            let result = try await Subprocess.run(
                configuration, input: input, output: .sequence, error: .combinedWithOutput
            ) { execution in
                var tail = Tail()
                for try await line in execution.standardOutput.strings() { tail.append(line) }
                return tail.text
            }
            return Ending(status: result.terminationStatus.code, errors: result.closureResult)
        }
    }

    // MARK: The shell in between

    /// Waits for the program, and for the end of the input that comes from our own process: then
    /// everything in the process group is told to end.
    private static let guardian = """
        exec 3<&0
        "$0" "$@" </dev/null 3<&- &
        program=$!
        (env -i cat <&3; kill -s TERM 0) >/dev/null 2>&1 &
        watch=$!
        exec 3<&-
        wait "$program"
        status=$?
        trap '' TERM
        kill -s KILL "$watch" 2>/dev/null
        exit "$status"
        """

    private static let teardown = [
        TeardownStep.gracefulShutDown(
            toProcessGroup: true, allowedDurationToNextStep: .seconds(10))
    ]

    /// The arguments with which setpriv runs the shell as the account. The child cannot change the account
    /// itself: it is forked from many threads, and glibc's `setgroups` may wait for them, which the child
    /// does not have, for ever.
    private var changingAccount: [String] {
        guard let account else { return [] }
        return [
            "--reuid=\(account.user)", "--regid=\(account.group)", "--clear-groups", "--",
            "/bin/sh",
        ]
    }

    private func started(
        _ body: (Configuration, FileDescriptorInput) async throws -> Ending
    ) async throws(NotRun) -> Ending {
        do {
            let (reader, writer) = try Self.pipe()
            // Closing an end that nothing is written to cannot lose anything.
            defer { _ = try? writer.close() }
            var variables: [Environment.Key: String?] = [:]
            for (name, value) in environment {
                variables[Environment.Key(stringLiteral: name)] = value
            }
            var options = PlatformOptions()
            options.processGroupID = 0
            options.teardownSequence = Self.teardown
            let words = ["-c", Self.guardian, path.string] + arguments
            let configuration = Configuration(
                executable: account == nil ? .path("/bin/sh") : .name("setpriv"),
                arguments: Arguments(changingAccount + words),
                environment: .inherit.updating(variables), workingDirectory: folder,
                platformOptions: options)
            return try await body(
                configuration, .fileDescriptor(reader, closeAfterSpawningProcess: true))
        } catch {
            throw NotRun(reason: "\(error)")
        }
    }
}

extension Program {
    /// A pipe whose ends no other child inherits: only this process may hold the writing one.
    private static func pipe() throws -> (reader: FileDescriptor, writer: FileDescriptor) {
        let ends = try FileDescriptor.pipe()
        for end in [ends.readEnd, ends.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        return (ends.readEnd, ends.writeEnd)
    }
}

extension TerminationStatus {
    fileprivate var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}

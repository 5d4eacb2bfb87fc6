import ApusCore
import ApusEngine
import SystemPackage

/// One of PostgreSQL's own programs, with the version that it says it has.
struct PgTool: Sendable {
    let path: FilePath
    let name: String
    /// `pg_dump 15.8`
    let version: String
    let major: Int

    /// `nil` where the folder has no such program, or it does not run.
    init?(_ name: String, in folder: String) async {
        let path = FilePath(folder).appending(name)
        guard PgTools.isExecutable(path.string),
            let answer = try? await Program(path, ["--version"]).run(outputLimit: 4096),
            answer.isSuccess,
            // `pg_dump (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)`
            let number = answer.output.split(separator: " ").dropFirst(2).first?
                .split(whereSeparator: { $0.isNewline }).first,
            let major = Self.major(of: number)
        else { return nil }
        self.path = path
        self.name = name
        self.major = major
        version = "\(name) \(number)"
    }

    /// 15 of `15.8`, and of `pg_dump 15.8`.
    static func major(of version: some StringProtocol) -> Int? {
        version.split(separator: " ").last.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// Runs the program to its end; what it wrote to standard output.
    ///
    /// Throws `failure` with what it wrote to standard error where it does not exit with 0.
    func run(
        _ arguments: [String], _ environment: [String: String] = [:], outputLimit: Int = 1 << 20,
        failure: DiagnosticCode, redact: (String) -> String = { $0 }
    ) async throws(DatabaseError) -> String {
        let ending = try await ending(
            arguments, environment, outputLimit: outputLimit, failure: failure, redact: redact)
        guard ending.isSuccess else {
            throw DatabaseError(
                failure, "\(name) failed with exit status \(ending.status)",
                detail: redact(ending.errors))
        }
        return ending.output
    }

    /// Runs the program until it ends, or until a line of its standard error makes `onErrorLine`
    /// answer false; however it ends.
    func ending(
        _ arguments: [String], _ environment: [String: String], outputLimit: Int = 1 << 20,
        failure: DiagnosticCode, redact: (String) -> String,
        onErrorLine: @escaping @Sendable (String) -> Bool = { _ in true }
    ) async throws(DatabaseError) -> Program.Ending {
        // Its messages are read: they must not be in the language of the person who runs it.
        let program = Program(
            path, arguments, environment: environment.merging(["LC_ALL": "C"]) { $1 })
        let ending: Program.Ending
        do throws(Program.NotRun) {
            ending = try await program.run(outputLimit: outputLimit, onErrorLine: onErrorLine)
        } catch {
            if Task.isCancelled { throw .toolInterrupted(name) }
            throw DatabaseError(
                failure, "\(name) could not be run", detail: redact(error.reason))
        }
        if Task.isCancelled { throw .toolInterrupted(name) }
        return ending
    }
}

extension DatabaseError {
    fileprivate static func toolInterrupted(_ name: String) -> DatabaseError {
        DatabaseError(.interrupted, "\(name) was interrupted")
    }
}

extension PostgresConnectionString {
    /// What a program of PostgreSQL's needs to reach the same server: in variables, because anybody
    /// can read the arguments of a process.
    ///
    /// Host and port are the ones that a connection reached, where the string names several.
    func environment(
        host: String? = nil, port: String? = nil, applicationName: String
    ) -> [String: String] {
        let (values, secrets) = variables(host: host, port: port, applicationName: applicationName)
        return values.merging(secrets.mapValues(\.revealed)) { $1 }
    }

    /// The same with the secrets apart.
    func variables(
        host: String? = nil, port: String? = nil, applicationName: String
    ) -> (values: [String: String], secrets: [String: Secret]) {
        var values: [String: String] = [:]
        for (option, value) in options {
            if let variable = variables[option] { values[variable] = value }
        }
        values["PGHOST"] = host ?? values["PGHOST"]
        values["PGPORT"] = port ?? values["PGPORT"]
        values["PGAPPNAME"] = applicationName
        values["PGCONNECT_TIMEOUT"] = values["PGCONNECT_TIMEOUT"] ?? "10"
        return (values, password.map { ["PGPASSWORD": $0] } ?? [:])
    }
}

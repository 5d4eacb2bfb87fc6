import ApusCore
import ApusEngine
import Subprocess
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
            let answer = try? await Subprocess.run(
                .path(path), arguments: ["--version"], output: .string(limit: 4096)),
            answer.terminationStatus.isSuccess,
            // `pg_dump (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)`
            let number = answer.standardOutput.split(separator: " ").dropFirst(2).first?
                .split(whereSeparator: { $0.isNewline }).first,
            let major = Int(number.prefix { $0.isNumber })
        else { return nil }
        self.path = path
        self.name = name
        self.major = major
        version = "\(name) \(number)"
    }

    /// Runs the program to its end; what it wrote to standard output.
    ///
    /// Throws `failure` with what it wrote to standard error where it does not exit with 0.
    func run(
        _ arguments: [String], _ environment: [String: String] = [:], outputLimit: Int = 1 << 20,
        failure: DiagnosticCode, redact: (String) -> String = { $0 }
    ) async throws(DatabaseError) -> String {
        var variables: [Environment.Key: String?] = [:]
        for (name, value) in environment {
            variables[Environment.Key(stringLiteral: name)] = value
        }
        do {
            let result = try await Subprocess.run(
                .path(path), arguments: Arguments(arguments),
                environment: .inherit.updating(variables), output: .string(limit: outputLimit),
                error: .string(limit: 1 << 20))
            guard result.terminationStatus.isSuccess else {
                if Task.isCancelled { throw DatabaseError.interrupted }
                throw DatabaseError(
                    failure, "\(name) failed: \(result.terminationStatus)",
                    detail: redact(result.standardError))
            }
            return result.standardOutput
        } catch let error as DatabaseError {
            throw error
        } catch {
            if Task.isCancelled { throw .interrupted }
            throw DatabaseError(failure, "\(name) could not be run", detail: redact("\(error)"))
        }
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
        var values: [String: String] = [:]
        for (option, value) in options {
            if let variable = variables[option] { values[variable] = value }
        }
        values["PGHOST"] = host ?? values["PGHOST"]
        values["PGPORT"] = port ?? values["PGPORT"]
        values["PGPASSWORD"] = password?.revealed ?? values["PGPASSWORD"]
        values["PGAPPNAME"] = applicationName
        values["PGCONNECT_TIMEOUT"] = values["PGCONNECT_TIMEOUT"] ?? "10"
        return values
    }
}

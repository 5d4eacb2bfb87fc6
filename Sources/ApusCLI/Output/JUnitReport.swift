import ApusCore
import ApusEngine

/// A rehearsal as JUnit XML, which build servers draw: a suite for each migration, a case for each
/// thing that was looked at.
struct JUnitReport {
    let report: RehearsalReport

    init(_ report: RehearsalReport) {
        self.report = report
    }

    var text: String {
        let suites = report.migrations.map(suite) + assertionSuites + leftSuites
        let tests = suites.reduce(0) { $0 + $1.cases.count }
        let failures = suites.reduce(0) { $0 + $1.failures }
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites name=\"apus test\" tests=\"\(tests)\" failures=\"\(failures)\" time=\"\(Self.seconds(report.duration))\">",
        ]
        lines += suites.flatMap(\.lines)
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Suites

    fileprivate struct Case {
        enum Outcome {
            case passed
            case failed(String, [String])
            case skipped(String)
        }

        var name: String
        var duration = Duration.zero
        var outcome = Outcome.passed
        /// What else is to be known of it, a line each.
        var output: [String] = []
    }

    fileprivate struct Suite {
        var name: String
        var cases: [Case]

        var failures: Int { cases.count { if case .failed = $0.outcome { true } else { false } } }

        var lines: [String] {
            let skipped = cases.count { if case .skipped = $0.outcome { true } else { false } }
            let time = cases.reduce(Duration.zero) { $0 + $1.duration }
            return [
                "  <testsuite name=\"\(JUnitReport.escaped(name))\" tests=\"\(cases.count)\" failures=\"\(failures)\" skipped=\"\(skipped)\" time=\"\(JUnitReport.seconds(time))\">"
            ] + cases.flatMap { $0.lines(in: name) } + ["  </testsuite>"]
        }
    }

    private func suite(_ result: MigrationRehearsal) -> Suite {
        var cases = result.steps.map { step in
            Case(
                name: step.phase.words, duration: step.duration,
                outcome: step.isDone ? .passed : failure(result, like: step.phase.words),
                output: step.hasUnreadLocks
                    ? [RehearsedStep.unreadLocks] : step.locks?.map(\.line) ?? [])
        }
        if let reason = result.irreversibleReason {
            cases.append(Case(name: "down", outcome: .skipped("irreversible: \(reason)")))
        }
        if let difference = result.afterDown {
            cases.append(
                Case(name: "schema after down", outcome: outcome(difference, "another schema")))
            cases.append(Case(name: "data after down", outcome: outcome(result.dataChanges)))
        }
        if let difference = result.afterUpAgain {
            cases.append(
                Case(
                    name: "schema after up again", outcome: outcome(difference, "another schema")))
        }
        let exceeded = result.findings.filter { $0.code == .budgetExceeded }
        for (index, finding) in exceeded.enumerated() {
            cases.append(
                Case(
                    name: index == 0 ? "budget" : "budget \(index + 1)",
                    outcome: .failed(
                        finding.message,
                        [finding.location?.description].compactMap(\.self) + finding.help)))
        }
        for finding in result.findings where finding.code == .brokenSilently {
            let text = finding.details.joined(separator: "; ")
            cases.append(Case(name: finding.message, outcome: .skipped(text)))
        }
        return Suite(name: result.id.description, cases: cases)
    }

    private func failure(_ result: MigrationRehearsal, like phase: String) -> Case.Outcome {
        let finding = result.findings.first { $0.message.contains(", \(phase): ") }
        return .failed(
            finding?.message ?? "failed",
            [finding?.location?.description].compactMap(\.self) + (finding?.details ?? []))
    }

    private func outcome(_ difference: SchemaDifference, _ message: String) -> Case.Outcome {
        if difference.isOfPositionsAlone {
            return .skipped("columns in another order: \(difference.lines.joined(separator: "; "))")
        }
        return difference.isEmpty ? .passed : .failed(message, difference.lines)
    }

    /// A loss of data is told, and fails nothing.
    private func outcome(_ changes: [DataChange]) -> Case.Outcome {
        changes.isEmpty
            ? .passed : .skipped("data lost: \(changes.map(\.sentence).joined(separator: "; "))")
    }

    private var assertionSuites: [Suite] {
        let files = report.assertions.map(\.file)
        var seen: Set<String> = []
        return files.filter { seen.insert($0).inserted }.map { file in
            Suite(
                name: file,
                cases: report.assertions.filter { $0.file == file }.map { outcome in
                    Case(
                        name: outcome.name, duration: outcome.duration,
                        outcome: outcome.failure.map { .failed($0.message, $0.details) } ?? .passed)
                })
        }
    }

    /// What belongs to no migration, such as a fixture that failed, and what was not reached.
    private var leftSuites: [Suite] {
        let told = Set(report.migrations.flatMap(\.findings)).union(
            report.assertions.compactMap(\.failure))
        let cases =
            report.findings.filter { $0.severity == .error && !told.contains($0) }.map {
                Case(
                    name: $0.code.rawValue,
                    outcome: .failed(
                        $0.message, [$0.location?.description].compactMap(\.self) + $0.details))
            }
            + report.notReached.map {
                Case(name: $0.description, outcome: .skipped("not reached"))
            }
        return cases.isEmpty ? [] : [Suite(name: "rehearsal", cases: cases)]
    }

    // MARK: Text

    fileprivate static func seconds(_ duration: Duration) -> String {
        let milliseconds = Int64(duration / .milliseconds(1))
        let rest = String(milliseconds % 1000)
        return
            "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }

    /// XML 1.0 knows no control characters but three, whatever way they are written.
    fileprivate static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t", "\r": result += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension JUnitReport.Case {
    fileprivate func lines(in suite: String) -> [String] {
        let head =
            "    <testcase classname=\"\(JUnitReport.escaped(suite))\" name=\"\(JUnitReport.escaped(name))\" time=\"\(JUnitReport.seconds(duration))\""
        var inside: [String] = []
        switch outcome {
        case .passed: break
        case .skipped(let reason):
            inside.append("      <skipped message=\"\(JUnitReport.escaped(reason))\"/>")
        case .failed(let message, let details):
            let body = details.map(JUnitReport.escaped).joined(separator: "\n")
            inside.append(
                "      <failure message=\"\(JUnitReport.escaped(message))\">\(body)</failure>")
        }
        if !output.isEmpty {
            let body = output.map(JUnitReport.escaped).joined(separator: "\n")
            inside.append("      <system-out>\(body)</system-out>")
        }
        return inside.isEmpty ? [head + "/>"] : [head + ">"] + inside + ["    </testcase>"]
    }
}

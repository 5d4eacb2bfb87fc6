import ApusCore
import ApusEngine
import ApusPostgres

extension Project {
    /// Every setting with its value and where it came from, secrets as dots.
    var settingsTable: [Diagnosis.Setting] {
        Setting.allCases.map { setting in
            if let value = settings[setting] {
                return Diagnosis.Setting(
                    name: setting.rawValue, value: Self.shown(setting, value.text),
                    source: value.source)
            }
            return Diagnosis.Setting(
                name: setting.rawValue, value: defaultText(of: setting), source: "default")
        }
    }

    /// What is dangerous in the configuration, whatever the database.
    var configurationFindings: [Diagnosis.Finding] {
        var findings: [Diagnosis.Finding] = []
        if let url = settings[.databaseURL], url.source.hasPrefix("apus.yaml"),
            (try? PostgresConnectionString(url.text))?.hasPassword == true
        {
            findings.append(
                Diagnosis.Finding(
                    .configuration, .warning, "a password stands in \(url.source)",
                    help: [
                        "take it out of version control: set DATABASE_URL, or use ~/.pgpass"
                    ]))
        }
        if isProduction, settings.text(.backup) == "never" {
            findings.append(
                Diagnosis.Finding(
                    .configuration, .warning, "no backup is taken in production: backup is never",
                    help: ["set backup: always in apus.yaml"]))
        }
        return findings
    }

    private static func shown(_ setting: Setting, _ text: String) -> String {
        switch setting {
        case .databaseURL:
            if text.hasPrefix("sqlite:") { return text }
            // What cannot be read is not shown: nobody knows where its password stands.
            return (try? PostgresConnectionString(text))?.masked ?? "\(Secret(text))"
        case .backupCommand, .backupVerifyCommand: return "\(Secret(text))"
        default: return text
        }
    }

    private var isSQLite: Bool { settings.text(.databaseURL)?.hasPrefix("sqlite:") == true }

    private func defaultText(of setting: Setting) -> String? {
        switch setting {
        case .migrations: "migrations"
        case .engine: isSQLite ? "sqlite" : "postgres"
        case .versions: "versions.yaml"
        case .application: catalogue.applicationVersion?.description
        case .environment: Settings.defaultEnvironment
        case .backups: "backups"
        case .backup: "always"
        case .registry: isSQLite ? "apus_" : "apus"
        case .lockTimeout: "5s"
        case .statementTimeout: "0"
        case .lockWait: "60s"
        case .foreignKeys: "false"
        case .tests: "tests"
        case .requireRehearsal: "false"
        case .rehearsalMaxAge: "7d"
        case .name, .databaseURL, .backupKeep, .backupKeepDays, .backupJobs, .backupCommand,
            .backupVerifyCommand, .target, .testMaxDuration, .testMaxLock:
            nil
        }
    }
}
